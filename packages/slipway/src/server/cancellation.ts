import { clip } from "../protocol/errors.ts";
import type { Params } from "../protocol/jsonrpc.ts";
import type { Call } from "./call.ts";
import type { Logger } from "./logger.ts";

/**
 * Stops a call because its client asked for that, and logs why.
 * @param params of `notifications/cancelled`
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation#behavior-requirements
 */
export function cancelCall(call: Call, params: Params | undefined, logger: Logger): void {
  const given = params?.["reason"];
  const reason = typeof given === "string" && given !== "" ? clip(given) : "no reason given";
  // As JSON, so that no reason can look like a line of the log's own.
  logger.debug(`The client cancelled ${call.method} ${JSON.stringify(call.id)}: ${JSON.stringify(reason)}`);
  call.abort(new Error(`The client cancelled the request: ${reason}`));
  call.onCancel?.();
}
