/**
 * Why a client could not bring a request to its end, where the server did not say so itself: what a server says is an
 * `RpcError`.
 *
 * - `closed`: the client was closed
 * - `connection`: the server could not be reached, or the connection broke and cannot be resumed; whether the server did
 *   what was asked is unknown
 * - `status`: an HTTP status that is no success, without a JSON-RPC error in its body; see {@link ClientError.status}
 * - `protocol`: the server broke the protocol
 * - `revision`: the server speaks none of the revisions that the client does, or the revision spoken lacks what was asked for
 * - `timeout`: nothing came in time; the request was cancelled
 * - `unanswered`: the server asks what this client has no callback for
 */
export type ClientErrorCode =
  | "closed"
  | "connection"
  | "status"
  | "protocol"
  | "revision"
  | "timeout"
  | "unanswered";

export interface ClientErrorOptions extends ErrorOptions {
  readonly status?: number;
  readonly headers?: Headers;
}

export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** The HTTP status, where `code` is `"status"`. */
  readonly status: number | undefined;
  /** The response's headers, such as `WWW-Authenticate` and `Retry-After`, where `code` is `"status"`. */
  readonly headers: Headers | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    { status, headers, ...options }: ClientErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** What went wrong on the way, in a clause: of a failed `fetch`, the cause says more than the error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  // Of several addresses that were tried, the first one's.
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  return first instanceof Error && first.message !== "" ? first.message : error.message;
}
