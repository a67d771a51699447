import type { RequestId } from "../protocol/jsonrpc.ts";
import type { RawMessage } from "./raw-message.ts";

/** A request on its way: its JSON text, and what has to be known of it without looking into that. */
export interface RawRequest {
  /** The id that stands in the text. No other request of this client may have it until this one is answered. */
  readonly id: RequestId;
  readonly method: string;
  /** The JSON text of the whole message, without a line break. */
  readonly text: string;
  /** The progress token that stands in the text, where it differs from the id. */
  readonly progressToken?: RequestId;
  /** Headers that repeat what the text says, for transports that have headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the request up. Over HTTP that closes its stream; it is the caller who sends `notifications/cancelled`. */
  readonly signal?: AbortSignal;
}

/** Takes what belongs to a request before its response: notifications, and questions of revisions with handshake. */
export type Listener = (message: RawMessage) => void | Promise<void>;

/** What a transport tells the client that uses it. */
export interface TransportEvents {
  /** A message that belongs to no request, or that the transport cannot tell to which. */
  message(message: RawMessage): void;
  /** The connection is lost with all that was in flight; `open` begins anew. */
  lost(error: Error): void;
  /** Something that is worth a line in a log. */
  warn(message: string): void;
}

/** What is agreed with the server once it has been found out. */
export interface Agreement {
  /** The revision that is spoken. */
  readonly protocolVersion: string;
  /** Whether it opened with a handshake. */
  readonly handshake: boolean;
  /** Whether to listen for what the server says out of turn, where that takes a request of its own. */
  readonly listens: boolean;
}

/**
 * The way to a server. `HttpTransport` and `StdioTransport` are such; so may be one of your own, over any channel that
 * carries messages both ways.
 */
export interface ClientTransport {
  /** Whether one of its headers repeats what a request says: a tool whose annotations for that are invalid is then unusable. */
  readonly mirrorsHeaders: boolean;
  /** How a request is cancelled in revisions without handshake: by closing its stream, or by a notification. */
  readonly cancelsByClosing: boolean;
  /** What the server remembers the client by, where there are sessions. */
  readonly sessionId?: string | undefined;
  /** Begins, or begins anew after the connection was lost. */
  open(events: TransportEvents): Promise<void>;
  /** The revision is found out. */
  agree(agreement: Agreement): void;
  /**
   * Sends a request and resolves with its response, whether that is a result or an error. What comes for the request
   * before goes to `listener`, one after the other, no faster than that takes it.
   * @throws ClientError
   */
  exchange(request: RawRequest, listener?: Listener): Promise<RawMessage>;
  /** Sends a notification, or the answer to a question. */
  send(text: string, headers?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}
