import { ERROR_CODES, RpcError } from "../protocol/errors.ts";

/**
 * @param what which limit, for people to read
 * @param waitMs when it is worth trying again
 * @param httpStatus 429 where the caller has asked for too much, 503 where all have
 */
export function exceeded(what: string, waitMs: number, httpStatus: 429 | 503 = 429): RpcError {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1_000));
  const message = `Too many requests: ${what}. Try again in ${spoken(retryAfter)}.`;
  return new RpcError(ERROR_CODES.LIMIT_EXCEEDED, message, { limit: what, retryAfter }, httpStatus);
}

function spoken(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3_600)} hours`;
}
