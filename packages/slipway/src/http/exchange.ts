/** Header names in lower case, with their values. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** Text, or parts that are sent one after the other. */
export type Body = string | readonly (string | Uint8Array<ArrayBuffer>)[];

/**
 * One HTTP request and its response, without any runtime's types. Bindings make it; exactly one of
 * {@link respond} and {@link stream} is called.
 */
export interface Exchange {
  readonly method: string;
  /** Absolute, or from the path on. */
  readonly url: string;
  /** The address of the other end of the connection, where the runtime tells. */
  readonly remoteAddress: string | undefined;
  /** Whether the server is reached through a loopback address; undefined where the runtime does not tell. */
  readonly local: boolean | undefined;
  /** A header's value, by its name in lower case. Repeated headers are joined with `, `. */
  header(name: string): string | undefined;
  /**
   * Reads the body as text, and gives it to `reader` once it is whole. An RpcError with HTTP status 413 above
   * `maxBytes`, or 400 when it is not UTF-8 or breaks off.
   */
  readBody(maxBytes: number, reader: BodyReader): void;
  respond(status: number, headers: Headers, body?: Body): void;
  /** Begins a response whose body is written piece by piece. */
  stream(headers: Headers): ByteSink;
  /** Calls `listener` when the client goes away before the response has ended; soon, if it has gone already. */
  onClose(listener: () => void): void;
}

/** Takes what a request carries. Exactly one of the two is called, once; neither throws. */
export interface BodyReader {
  take(text: string): void;
  fail(error: unknown): void;
}

/** The body of a response that is being written. */
export interface ByteSink {
  /** Whether only timers of its own request may write to it, as in a Worker. */
  readonly ownTimer: boolean;
  /** Sends text. Never blocks; what the client has not taken yet is counted by {@link buffered}. */
  write(text: string): void;
  /** Bytes that wait for the client, roughly. */
  readonly buffered: number;
  /** Resolves when the client has caught up, or has gone. */
  drained(): Promise<void>;
  end(): void;
  /** Cuts the connection, so that the client sees a broken stream and not its end. */
  abort(): void;
}
