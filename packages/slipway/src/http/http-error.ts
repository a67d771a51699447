import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import type { JsonRpcMessage, RequestId } from "../protocol/jsonrpc.ts";
import type { Headers } from "./exchange.ts";

export interface HttpErrorOptions {
  /** Headers of the response, their names in lower case. */
  readonly headers?: Headers;
  /** The JSON-RPC code. Default: -32600, invalid request. */
  readonly code?: number;
  readonly data?: unknown;
  /** The request that is refused, where it could be read. */
  readonly requestId?: RequestId | undefined;
}

/** A request that is refused before a method is looked at. */
export class HttpError extends RpcError {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: RequestId | undefined;

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(options.code ?? ERROR_CODES.INVALID_REQUEST, message, options.data, status);
    this.status = status;
    this.headers = options.headers ?? [];
    this.requestId = options.requestId;
  }
}

/** The error as the answer to a message; a response has none, as its id is of the server's own making. */
export function answering(error: unknown, message: JsonRpcMessage): unknown {
  if (!(error instanceof RpcError) || !("id" in message && "method" in message)) return error;
  const { code, data } = error;
  return new HttpError(error.httpStatus ?? 400, error.message, { code, data, requestId: message.id });
}

export function refusalBody(error: RpcError): string {
  const id = error instanceof HttpError ? error.requestId : undefined;
  return JSON.stringify({ jsonrpc: "2.0", id, error: error.toJSON() });
}
