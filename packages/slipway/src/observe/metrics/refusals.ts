import { ERROR_CODES, InsufficientScopeError, type RpcError } from "../../protocol/errors.ts";
import type { Refusal } from "../../server/index.ts";
import type { ATTRIBUTES } from "./definitions.ts";

export type Reason = (typeof ATTRIBUTES)["slipway.refusal.reason"]["values"][number];

/** Headers of an answer that refuses. */
type WithHeaders = RpcError & { readonly headers?: readonly (readonly [string, string])[] };

/** How HTTP says that it was refused; over stdio, how it would. */
export function statusOf(refusal: Refusal): number {
  return refusal.transport === "http" ? refusal.status : (refusal.error.httpStatus ?? 400);
}

/** Why something was refused before it was a call. */
export function reasonOf(refusal: Refusal): Reason {
  const status = statusOf(refusal);
  const { error } = refusal;
  const { headers = [] } = error as WithHeaders;
  if (error.code === ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION) return "unsupported_version";
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return isScope(error) || headers.some(([name]) => name === "www-authenticate") ? "scope" : "origin";
    case 404:
      return "unknown_session";
    case 410:
      return "events_gone";
    case 413:
      return "too_large";
    case 429:
      return isLimit(error) ? "rate_limit" : "too_many_streams";
    case 503:
      if (error.code === ERROR_CODES.INTERNAL_ERROR) return "unavailable";
      return headers.some(([name]) => name === "connection") ? "shutting_down" : "no_room";
    default:
      return status >= 500 ? "internal" : "bad_request";
  }
}

/** Why a call was refused, if that is how it ended. */
export function refusalOf(error: RpcError): Reason | undefined {
  if (isLimit(error)) return error.httpStatus === 503 ? "no_room" : "rate_limit";
  return isScope(error) ? "scope" : undefined;
}

function isLimit({ code }: RpcError): boolean {
  return code === ERROR_CODES.LIMIT_EXCEEDED;
}

function isScope(error: RpcError): boolean {
  return error instanceof InsufficientScopeError;
}
