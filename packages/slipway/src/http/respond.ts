import type { RpcError } from "../protocol/errors.ts";
import type { EncodedResponse } from "../server/index.ts";
import type { Body, Exchange, Headers } from "./exchange.ts";
import { HttpError, refusalBody } from "./http-error.ts";

/** What cannot be done now may be possible in a second. */
export const RETRY_SOON: Headers = [["retry-after", "1"]];

const JSON_HEADERS: Headers = [["content-type", "application/json"]];

export function respondJson(
  exchange: Exchange,
  status: number,
  headers: Headers,
  response: EncodedResponse,
): void {
  const all = headers.length === 0 ? JSON_HEADERS : [...JSON_HEADERS, ...headers];
  exchange.respond(status, all, bodyOf(response));
}

function bodyOf(response: EncodedResponse): Body {
  return typeof response === "string" ? response : [response.head, response.body.bytes, response.tail];
}

/** Answers with an error that belongs to no request. */
export function refuse(exchange: Exchange, error: RpcError, headers: Headers): void {
  const own = error instanceof HttpError ? error.headers : [];
  respondJson(exchange, error.httpStatus ?? 400, [...headers, ...own], refusalBody(error));
}
