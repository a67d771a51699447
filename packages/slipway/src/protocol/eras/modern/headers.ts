/** Where the value of `Mcp-Name` comes from, by method. */
const NAMED: ReadonlyMap<string, "name" | "uri" | "taskId"> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
] as const);

/** The parameter that the header `Mcp-Name` repeats, where a method has one. */
export function nameSource(method: string): "name" | "uri" | "taskId" | undefined {
  return NAMED.get(method);
}

const SENTINEL_START = "=?base64?";
const SENTINEL_END = "?=";
const VISIBLE = /^[\t\x20-\x7e]*$/;
/** `atob` alone also takes white space and missing padding, which who else reads the header may not. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * A header's value with its Base64 sentinel resolved, or in words what is wrong with it.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding
 */
export function decodeHeaderValue(header: string): { readonly text: string } | { readonly wrong: string } {
  if (!VISIBLE.test(header)) return { wrong: "holds characters that a header must not have" };
  if (!isSentinel(header)) return { text: header };
  const encoded = header.slice(SENTINEL_START.length, -SENTINEL_END.length);
  if (!BASE64.test(encoded)) return { wrong: "holds what is not Base64" };
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { wrong: "holds what is not Base64 of UTF-8" };
  }
}

/**
 * A text as a header may carry it: itself, or in Base64 where it has other than visible ASCII, white space at its ends,
 * or looks like what is in Base64 already.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#value-encoding
 */
export function encodeHeaderValue(text: string): string {
  if (/^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(text) && !isSentinel(text)) return text;
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return SENTINEL_START + btoa(binary) + SENTINEL_END;
}

function isSentinel(text: string): boolean {
  return text.startsWith(SENTINEL_START) && text.endsWith(SENTINEL_END);
}
