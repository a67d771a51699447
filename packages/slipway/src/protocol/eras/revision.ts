import type { RpcError } from "../errors.ts";
import type { JsonRpcErrorObject, Params } from "../jsonrpc.ts";
import type {
  CacheHints,
  CallToolResult,
  ContentBlock,
  GetPromptResult,
  Implementation,
  ReadResourceResult,
  ServerCapabilities,
} from "../types.ts";
import type { TaskForms } from "./tasks.ts";

/** A request that the server makes of its client while it works on a call. */
export type AskMethod = "elicitation/create" | "sampling/createMessage" | "roots/list";

export interface Ask {
  readonly method: AskMethod;
  readonly params: { readonly [key: string]: unknown };
}

/** Where a call's questions go: onto the response stream as requests, or into its result. */
type AskTravel = "request" | "result";

/** What a server says about itself, encoded once. */
export interface Identity {
  readonly info: Implementation;
  /** The JSON of the `_meta` member that names the server, for revisions that carry it on each result. */
  readonly metaJson: string;
}

/**
 * One revision of the protocol: which methods it has, and how neutral values look on its wire. What a
 * revision lacks is absent from its tables, so that nothing else asks for a version.
 */
export interface Revision {
  readonly version: string;
  /** Whether a connection opens with a handshake, and state may live in a session. */
  readonly handshake: boolean;
  /** Requests that a client may send. */
  readonly requests: ReadonlySet<string>;
  /** Notifications that a client may send. */
  readonly notifications: ReadonlySet<string>;
  /** Questions that a server may ask. */
  readonly asks: ReadonlySet<AskMethod>;
  readonly askTravel: AskTravel;
  /** Methods whose call may ask the client something. */
  readonly askable: ReadonlySet<string>;
  /** Whether one body may hold several messages. */
  readonly batches: boolean;
  /** Whether a stream can be resumed with `Last-Event-ID`. */
  readonly resumable: boolean;
  /** Whether its clients understand an event without data at the start of a stream. */
  readonly primesStreams: boolean;
  /** Whether a log level belongs to each request; otherwise it belongs to the session. */
  readonly logLevelPerRequest: boolean;
  /** Whether a client that goes away has thereby cancelled its request. */
  readonly disconnectCancels: boolean;
  /** How it speaks of tasks, where it does. */
  readonly tasks: TaskForms | undefined;

  /** What the server says about itself, and what it can do: the members that this revision knows. */
  encodeInfo(info: Implementation): object;
  encodeCapabilities(capabilities: ServerCapabilities): object;

  /** A definition in a list: the members that this revision knows. */
  encodeTool(tool: { readonly [key: string]: unknown }): object;
  encodeResource(resource: { readonly [key: string]: unknown }): object;
  encodePrompt(prompt: { readonly [key: string]: unknown }): object;

  encodeCallToolResult(result: CallToolResult): object;
  encodeGetPromptResult(result: GetPromptResult): object;
  encodeReadResourceResult(result: ReadResourceResult): object;
  /** The parameters of a progress notification. */
  encodeProgress(params: Params): Params;
  encodeContent(block: ContentBlock): ContentBlock;

  /** The parameters of a question, or an error in words when this revision cannot express it. */
  encodeAsk(ask: Ask): Ask | { readonly cannot: string };

  encodeError(error: RpcError): JsonRpcErrorObject;
  /** Whether a call may end in an error of this code: an integer that the revision reserves for no other cause. */
  allowsError(error: RpcError): boolean;
  /** The HTTP status of a JSON response that carries this error. */
  statusOf(error: RpcError): number;
  /** The error of a call that needs a capability which the client lacks. */
  missingCapability(capability: string, ask: AskMethod): RpcError;

  /** The JSON text of a completed result. `cache` is given for cacheable methods only. */
  encodeComplete(result: object, identity: Identity, cache?: CacheHints): string;
}
