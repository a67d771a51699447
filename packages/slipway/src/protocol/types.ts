/**
 * The data types of MCP, in the shape of the newest revision. What an older revision lacks is left out or
 * rewritten when a result is encoded for it.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/schema
 */

export type Meta = { [key: string]: unknown };

export type Role = "user" | "assistant";

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#icons */
export interface Icon {
  src: string;
  mimeType?: string;
  /** `"48x48"`, or `"any"` for scalable formats. */
  sizes?: string[];
  theme?: "light" | "dark";
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#annotations */
export interface Annotations {
  audience?: Role[];
  /** From 0 (optional) to 1 (required). */
  priority?: number;
  /** ISO 8601 time. */
  lastModified?: string;
}

export interface Implementation {
  name: string;
  version: string;
  title?: string;
  description?: string;
  icons?: Icon[];
  websiteUrl?: string;
}

interface Block {
  annotations?: Annotations;
  _meta?: Meta;
}

export interface TextContent extends Block {
  type: "text";
  text: string;
}

export interface ImageContent extends Block {
  type: "image";
  /** Base64. */
  data: string;
  mimeType: string;
}

export interface AudioContent extends Block {
  type: "audio";
  /** Base64. */
  data: string;
  mimeType: string;
}

export interface ResourceLink extends Block {
  type: "resource_link";
  uri: string;
  name: string;
  title?: string;
  description?: string;
  mimeType?: string;
  size?: number;
  icons?: Icon[];
}

export interface EmbeddedResource extends Block {
  type: "resource";
  resource: ResourceContents;
}

export type ContentBlock = TextContent | ImageContent | AudioContent | ResourceLink | EmbeddedResource;

export interface TextResourceContents {
  uri: string;
  mimeType?: string;
  text: string;
  _meta?: Meta;
}

export interface BlobResourceContents {
  uri: string;
  mimeType?: string;
  /** Base64. */
  blob: string;
  _meta?: Meta;
}

export type ResourceContents = TextResourceContents | BlobResourceContents;

/** @see https://modelcontextprotocol.io/specification/2026-07-28/schema#toolannotations */
export interface ToolAnnotations {
  title?: string;
  readOnlyHint?: boolean;
  destructiveHint?: boolean;
  idempotentHint?: boolean;
  openWorldHint?: boolean;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result */
export interface CallToolResult {
  content: ContentBlock[];
  /** Any JSON value that fits the tool's output schema. */
  structuredContent?: unknown;
  isError?: boolean;
  _meta?: Meta;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources */
export interface ReadResourceResult {
  contents: ResourceContents[];
  _meta?: Meta;
}

export interface PromptMessage {
  role: Role;
  content: ContentBlock;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt */
export interface GetPromptResult {
  description?: string;
  messages: PromptMessage[];
  _meta?: Meta;
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching */
export interface CacheHints {
  /** How long a client may take the result for fresh, in milliseconds. 0: do not cache. */
  ttlMs?: number;
  /** Who may share a cached copy: anybody, or only the same authorization context. */
  cacheScope?: "public" | "private";
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#log-levels */
export const LOGGING_LEVELS = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;
export type LoggingLevel = (typeof LOGGING_LEVELS)[number];

export function isLoggingLevel(value: unknown): value is LoggingLevel {
  return LOGGING_LEVELS.includes(value as LoggingLevel);
}

/** Whether a message of `level` passes the minimum that the client asked for. */
export function passesLevel(level: LoggingLevel, minimum: LoggingLevel): boolean {
  return LOGGING_LEVELS.indexOf(level) >= LOGGING_LEVELS.indexOf(minimum);
}

/** What a client says it can do. Unknown members are kept. */
export interface ClientCapabilities {
  elicitation?: { form?: object; url?: object };
  sampling?: { tools?: object; context?: object };
  roots?: { listChanged?: boolean };
  experimental?: { [key: string]: object };
  extensions?: { [key: string]: object };
  [key: string]: unknown;
}

export interface ServerCapabilities {
  tools?: { listChanged?: boolean };
  resources?: { listChanged?: boolean; subscribe?: boolean };
  prompts?: { listChanged?: boolean };
  completions?: object;
  logging?: object;
  experimental?: { [key: string]: object };
  extensions?: { [key: string]: object };
  /** Some tools run as tasks; `list`: whether the client may list its own. */
  tasks?: { list?: boolean };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/client/roots */
export interface Root {
  /** A `file://` URI. */
  uri: string;
  name?: string;
  _meta?: Meta;
}

export interface ToolUseContent {
  type: "tool_use";
  id: string;
  name: string;
  input: { [key: string]: unknown };
  _meta?: Meta;
}

export interface ToolResultContent {
  type: "tool_result";
  toolUseId: string;
  content: ContentBlock[];
  structuredContent?: unknown;
  isError?: boolean;
  _meta?: Meta;
}

export type SamplingContent = TextContent | ImageContent | AudioContent | ToolUseContent | ToolResultContent;

export interface SamplingMessage {
  role: Role;
  content: SamplingContent | SamplingContent[];
  _meta?: Meta;
}

export interface SamplingTool {
  name: string;
  title?: string;
  description?: string;
  inputSchema: { [keyword: string]: unknown };
  /** Structured results of the tool are held to it before they are sent. */
  outputSchema?: { [keyword: string]: unknown };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages */
export interface SamplingRequest {
  messages: SamplingMessage[];
  /** The most tokens to sample. */
  maxTokens: number;
  systemPrompt?: string;
  temperature?: number;
  stopSequences?: string[];
  modelPreferences?: {
    hints?: { name?: string }[];
    /** Each from 0 to 1. */
    costPriority?: number;
    speedPriority?: number;
    intelligencePriority?: number;
  };
  /**
   * Needs the client's `sampling.context`.
   * @deprecated by the specification: leave it out
   */
  includeContext?: "none" | "thisServer" | "allServers";
  /** Needs the client's `sampling.tools`. */
  tools?: SamplingTool[];
  toolChoice?: { mode?: "auto" | "required" | "none" };
  metadata?: { [key: string]: unknown };
}

export interface SamplingResult {
  role: Role;
  content: SamplingContent | SamplingContent[];
  model: string;
  stopReason?: string;
  _meta?: Meta;
}
