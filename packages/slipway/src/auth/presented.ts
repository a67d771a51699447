import type { IncomingRequest } from "../ports/index.ts";
import { Refused } from "./refused.ts";

/** A credential as it came. */
export interface Presented {
  readonly scheme: "bearer" | "dpop";
  readonly token: string;
}

/** `b64token` of RFC 6750, which takes in all of RFC 9449's. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Longer ones are refused unread, in characters. */
export const MAX_TOKEN_LENGTH = 16_384;

/**
 * The credential in the `Authorization` header. `undefined` where there is none, or one of another scheme. Tokens in
 * queries and bodies are not looked for.
 * @throws Refused `invalid_request` when it is malformed
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function presentedIn(request: IncomingRequest): Presented | undefined {
  const header = request.headers.get("authorization") ?? "";
  const end = header.indexOf(" ");
  const scheme = (end === -1 ? header : header.slice(0, end)).toLowerCase();
  if (scheme !== "bearer" && scheme !== "dpop") return undefined;
  const token = end === -1 ? "" : header.slice(end).trimStart();
  if (token.length > MAX_TOKEN_LENGTH) throw new Refused("invalid_request", "The token is too long.");
  if (!TOKEN.test(token)) throw new Refused("invalid_request", "The Authorization header is malformed.");
  return { scheme, token };
}
