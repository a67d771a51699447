import { ClientRequestTimeoutError, StoreUnavailableError } from "../ports/index.ts";
import { ERROR_CODES, RpcError, ToolError } from "../protocol/errors.ts";
import type { JsonRpcErrorObject } from "../protocol/jsonrpc.ts";
import type { Call } from "./call.ts";
import type { Context } from "./context.ts";
import type { Logger } from "./logger.ts";

/**
 * Turns an error of one's own into what the client sees. `undefined` leaves it to the server, which masks it.
 */
export type ErrorHandler = (error: unknown, ctx: Context) => JsonRpcErrorObject | RpcError | undefined;

/**
 * What the client is told of an error. Errors that were not meant for it become "Internal error" with a
 * reference, under which the log has them in full.
 */
export function toRpcError(error: unknown, call: Call, logger: Logger): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof ToolError) return new RpcError(ERROR_CODES.INTERNAL_ERROR, error.message);
  if (error instanceof ClientRequestTimeoutError) {
    return new RpcError(ERROR_CODES.INTERNAL_ERROR, error.message);
  }
  if (call.aborted) return new RpcError(ERROR_CODES.INTERNAL_ERROR, "The request was cancelled.");
  if (error instanceof StoreUnavailableError) return storeAway(`${call.method} failed`, error, logger);
  return masked(error, `${call.method} failed unexpectedly`, logger, call.correlationId);
}

/** What the client is told when the store is away, with HTTP status 503. */
export function storeAway(what: string, error: StoreUnavailableError, logger: Logger): RpcError {
  logger.warn(`${what} because the store is away.`, error);
  const message = "The server cannot reach its store now: try again in a moment.";
  return new RpcError(ERROR_CODES.INTERNAL_ERROR, message, undefined, 503);
}

/** What the client of a call is told that its server did not end, with HTTP status 503. */
export function interrupted(): RpcError {
  const what = "The instance that served this request is gone, and with it what it had begun.";
  return new RpcError(ERROR_CODES.INTERNAL_ERROR, `${what} Check before you send it again.`, undefined, 503);
}

/** What the client is told of an error that is not for it: where to find it in the log. */
export function masked(
  error: unknown,
  what: string,
  logger: Logger,
  reference: string = crypto.randomUUID(),
): RpcError {
  logger.error(`${what} (reference ${reference})`, error);
  return new RpcError(ERROR_CODES.INTERNAL_ERROR, `Internal error (reference ${reference})`, { reference });
}

/** What is sent for an error that a call ended in: the error itself, if its code is one that the call may end in. */
export function sendable(error: RpcError, call: Call, logger: Logger): RpcError {
  const { revision, method } = call;
  if (revision.allowsError(error)) return error;
  logger.warn(
    `${method} failed with the code ${error.code}, which a handler cannot use in ${revision.version}; -32603 was sent. ` +
      "Use an integer outside of -32768 to -32000.",
  );
  return new RpcError(ERROR_CODES.INTERNAL_ERROR, error.message, error.data);
}

export function fromHandler(answer: JsonRpcErrorObject | RpcError): RpcError {
  return answer instanceof RpcError ? answer : new RpcError(answer.code, answer.message, answer.data);
}
