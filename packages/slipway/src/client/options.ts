import type { ClientCapabilities, Implementation, Root } from "../protocol/types.ts";
import type {
  CreateMessageRequest,
  CreateMessageResult,
  ElicitFormRequest,
  ElicitResult,
  ElicitUrlRequest,
  Notification,
  Progress,
} from "./types.ts";

type Answer<Request, Result> = (request: Request, context: AskContext) => Result | Promise<Result>;

export interface AskContext {
  /** Fires when the server takes its question back, or the call that asks is given up. */
  readonly signal: AbortSignal;
}

export interface ClientOptions {
  /** What this client says about itself. */
  info: Implementation;
  /**
   * The revisions that this client speaks. Default: every one that there is. What was found out before
   * ({@link McpClient.protocolVersion}) may be given here alone and saves finding it out again.
   */
  protocolVersions?: readonly string[];
  /** Asks the user: with a form, by a URL, or both. Without, the server is told that there is nobody to be asked. */
  elicitation?: {
    form?: Answer<ElicitFormRequest, ElicitResult>;
    url?: Answer<ElicitUrlRequest, ElicitResult>;
  };
  /** Asks a language model on the server's behalf. */
  sampling?: Answer<CreateMessageRequest, CreateMessageResult>;
  /** The folders that the server may work in, or who knows them. */
  roots?: readonly Root[] | Answer<Record<string, never>, readonly Root[]>;
  /** Further capabilities, such as `{ sampling: { tools: {} } }`. Those of the callbacks above need not be named. */
  capabilities?: ClientCapabilities;
  /**
   * Whether servers of revisions with the tasks extension may answer a call with a task, for whose result
   * {@link McpClient.callTool} then waits. Default: true.
   */
  tasks?: boolean;
  /** How long a request may go without an answer or progress, in milliseconds. Default: 60,000. */
  timeoutMs?: number;
  /** How long a request may take altogether, whatever its progress, in milliseconds. Default: 600,000. */
  maxTimeoutMs?: number;
  /**
   * How long a server over a pipe may take to answer the first request before it is taken for one of the revisions with
   * handshake, some of which never answer it, in milliseconds; the time that its program takes to start is a part of it.
   * Default: 30,000.
   */
  probeTimeoutMs?: number;
  /**
   * Whether to keep a stream open for what the server says out of turn, in revisions where that is a request of its own
   * (HTTP GET). Default: true.
   */
  listen?: boolean;
  /** What the server says, other than progress and what {@link McpClient.listen} asks for. */
  onNotification?: (notification: Notification) => void;
  /** What is worth a line in a log: a tool left out since its definition is invalid, a message that is none. */
  onWarning?: (message: string) => void;
}

export interface RequestOptions {
  /** Gives the request up: the server is told that it is cancelled. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Instead of the client's. */
  timeoutMs?: number;
  /** Instead of the client's. */
  maxTimeoutMs?: number;
  /** Metadata to send, such as `traceparent`. */
  meta?: { readonly [key: string]: unknown };
}
