import type { RpcError } from "../protocol/errors.ts";
import { isObject } from "../protocol/jsonrpc.ts";
import type { EncodedResponse } from "../server/index.ts";
import type { Body, Exchange, Headers } from "./exchange.ts";
import { HttpError, refusalBody } from "./http-error.ts";

/** What cannot be done now may be possible in a second. */
export const RETRY_SOON: Headers = [["retry-after", "1"]];

/** What an error adds to the headers of its response: `retryAfter` in its data says when to come again, in seconds. */
export function headersOf(error: RpcError): Headers {
  if (error instanceof HttpError) return error.headers.map(sendable);
  const { retryAfter } = isObject(error.data) ? error.data : {};
  if (typeof retryAfter === "number") return [["retry-after", String(retryAfter)]];
  return error.httpStatus === 503 ? RETRY_SOON : [];
}

/** An error may repeat what a client sent, line breaks and all, which no runtime takes as a header's value. */
function sendable([name, value]: Headers[number]): Headers[number] {
  return [name, value.replace(/[^\t\x20-\x7e]/g, "?")];
}

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

/**
 * Answers with an error that belongs to no request.
 * @returns the status
 */
export function refuse(exchange: Exchange, error: RpcError, headers: Headers): number {
  const { httpStatus: status = 400 } = error;
  respondJson(exchange, status, [...headers, ...headersOf(error)], refusalBody(error));
  return status;
}
