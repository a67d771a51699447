import { decodeHeaderValue, nameSource } from "../protocol/eras/index.ts";
import { clip, ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { isObject, type JsonRpcRequest } from "../protocol/jsonrpc.ts";
import type { ParamHeader } from "../server/index.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Checks that the headers say what the body says, so that whoever routes by headers sees the same request.
 *
 * @throws RpcError -32020 with HTTP status 400
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation
 */
export function checkHeaders(exchange: Exchange, request: JsonRpcRequest, version: string): void {
  matchExactly("MCP-Protocol-Version", exchange.header("mcp-protocol-version"), version);
  matchExactly("Mcp-Method", exchange.header("mcp-method"), request.method);
  const source = nameSource(request.method);
  if (source === undefined) return;
  const value = request.params?.[source];
  // A body without it is refused for that reason later.
  if (typeof value === "string")
    matchExactly("Mcp-Name", decoded("Mcp-Name", exchange.header("mcp-name")), value);
}

/** Checks the headers that mirror a tool's arguments. */
export function checkParamHeaders(
  exchange: Exchange,
  request: JsonRpcRequest,
  headers: readonly ParamHeader[],
): void {
  for (const { header, name, path, type } of headers) {
    const label = `Mcp-Param-${name}`;
    const raw = exchange.header(header);
    const value = valueAt(request.params?.["arguments"], path);
    if (value === undefined || value === null) {
      if (raw !== undefined) throw mismatch(`${label} is present, but the body has no such argument`);
      continue;
    }
    if (type === "integer" && typeof value === "number" && !Number.isSafeInteger(value)) {
      throw mismatch(`${label} mirrors an argument that is not an integer from -(2^53)+1 to 2^53-1`);
    }
    const text = decoded(label, raw);
    if (text === undefined) throw mismatch(`${label} is missing`);
    // Lists and objects have texts of their own making, or none.
    const same =
      type === "integer" ? isSameInteger(text, value) : typeof value !== "object" && text === String(value);
    if (!same) throw mismatch(`${label} header value '${clip(text)}' does not match the body`);
  }
}

function isSameInteger(text: string, value: unknown): boolean {
  return /^-?\d+(\.0+)?$/.test(text) && Number(text) === value;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function matchExactly(name: string, header: string | undefined, body: string): void {
  if (header === undefined) throw mismatch(`${name} is missing`);
  if (header !== body) {
    throw mismatch(`${name} header value '${clip(header)}' does not match body value '${clip(body)}'`);
  }
}

/** A header's value with its Base64 sentinel resolved. */
function decoded(name: string, header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const value = decodeHeaderValue(header);
  if ("wrong" in value) throw mismatch(`${name} ${value.wrong}`);
  return value.text;
}

export function mismatch(what: string, data?: unknown): RpcError {
  return new RpcError(ERROR_CODES.HEADER_MISMATCH, `Header mismatch: ${what}`, data, 400);
}
