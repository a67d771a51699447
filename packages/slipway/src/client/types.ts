import type { JsonSchema } from "../protocol/schema/json-schema.ts";
import type {
  Annotations,
  CacheHints,
  Icon,
  Meta,
  SamplingRequest,
  SamplingResult,
  ToolAnnotations,
} from "../protocol/types.ts";

/** A definition in a list, in the shape of the newest revision. Members that a server adds are kept. */
interface Definition {
  name: string;
  title?: string;
  description?: string;
  icons?: Icon[];
  _meta?: Meta;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool */
export interface Tool extends Definition {
  inputSchema: JsonSchema;
  outputSchema?: JsonSchema;
  annotations?: ToolAnnotations;
  /** Of 2025-11-25: whether the tool may, must or must not be called as a task. */
  execution?: { taskSupport?: "forbidden" | "optional" | "required" };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource */
export interface Resource extends Definition {
  uri: string;
  mimeType?: string;
  /** In bytes. */
  size?: number;
  annotations?: Annotations;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates */
export interface ResourceTemplate extends Definition {
  uriTemplate: string;
  mimeType?: string;
  annotations?: Annotations;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt */
export interface Prompt extends Definition {
  arguments?: { name: string; title?: string; description?: string; required?: boolean }[];
}

interface Page extends CacheHints {
  /** Where the next page begins; there is none without it. */
  nextCursor?: string;
  _meta?: Meta;
}

export interface ListToolsResult extends Page {
  tools: Tool[];
}

export interface ListResourcesResult extends Page {
  resources: Resource[];
}

export interface ListResourceTemplatesResult extends Page {
  resourceTemplates: ResourceTemplate[];
}

export interface ListPromptsResult extends Page {
  prompts: Prompt[];
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion */
export interface CompleteResult {
  completion: { values: string[]; total?: number; hasMore?: boolean };
  _meta?: Meta;
}

export type CompletionReference =
  | { type: "ref/prompt"; name: string }
  | { type: "ref/resource"; uri: string };

export interface CompletionArgument {
  name: string;
  /** What the user has typed so far. */
  value: string;
}

/** Any result, of a method that this client has no type for. */
export type Result = { readonly [key: string]: unknown };

export interface Notification {
  readonly method: string;
  readonly params?: { readonly [key: string]: unknown };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** A question to the user with a form. @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation */
export interface ElicitFormRequest {
  readonly mode?: "form";
  readonly message: string;
  /** A flat object of strings, numbers, booleans and choices. */
  readonly requestedSchema: JsonSchema;
  readonly _meta?: Meta;
}

/** A URL that the user is asked to open. Show where it leads, and open it only when the user agrees. */
export interface ElicitUrlRequest {
  readonly mode: "url";
  readonly message: string;
  readonly url: string;
  /** Of 2025-11-25. */
  readonly elicitationId?: string;
  readonly _meta?: Meta;
}

/** What the user said. Defaults of the form's schema are filled in for what `content` leaves out. */
export interface ElicitResult {
  action: "accept" | "decline" | "cancel";
  content?: { [name: string]: string | number | boolean | string[] };
}

export type CreateMessageRequest = SamplingRequest;
export type CreateMessageResult = SamplingResult;

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#notification-filter */
export interface SubscriptionFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  /** URIs of resources. */
  readonly resourceSubscriptions?: readonly string[];
}
