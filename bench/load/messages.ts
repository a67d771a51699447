import { clientInfo, LEGACY, MODERN } from "./revisions.ts";

/** A request as a load generator sends it. */
export interface HttpRequest {
  readonly method: "POST" | "GET";
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export interface Caller {
  /** Whether the request carries all that the server needs, as the modern revision has it. */
  readonly modern: boolean;
  readonly sessionId?: string | undefined;
}

type Params = { readonly [name: string]: unknown };

/** A client that can be asked. */
const capabilities = { elicitation: {} };

export function legacyHeaders(sessionId?: string): HttpRequest["headers"] {
  return {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": LEGACY,
    ...(sessionId !== undefined && { "mcp-session-id": sessionId }),
  };
}

function modernHeaders(method: string, params: Params): HttpRequest["headers"] {
  return {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": MODERN,
    "mcp-method": method,
    ...(typeof params["name"] === "string" && { "mcp-name": params["name"] }),
  };
}

function modernParams(params: Params): Params {
  const envelope = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": clientInfo,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  return { ...params, _meta: { ...(params["_meta"] as Params | undefined), ...envelope } };
}

/** A request of the protocol, as an HTTP request. */
export function request(caller: Caller, id: number, method: string, params: Params = {}): HttpRequest {
  if (caller.modern) {
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params: modernParams(params) });
    return { method: "POST", headers: modernHeaders(method, params), body };
  }
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  return { method: "POST", headers: legacyHeaders(caller.sessionId), body };
}

export function callTool(caller: Caller, id: number, name: string, args: Params, meta?: Params): HttpRequest {
  const params = { name, arguments: args, ...(meta !== undefined && { _meta: meta }) };
  return request(caller, id, "tools/call", params);
}

/** The first request of a session. */
export function initialize(): HttpRequest {
  const params = { protocolVersion: LEGACY, capabilities, clientInfo };
  return { ...request({ modern: false }, 0, "initialize", params), headers: openingHeaders };
}

const { "mcp-protocol-version": _, ...openingHeaders } = legacyHeaders();

/** A notification or a response, within a session. */
export function post(sessionId: string | undefined, message: object): HttpRequest {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  return { method: "POST", headers: legacyHeaders(sessionId), body };
}

/** The request as it goes over the wire. */
export function wire({ method, headers, body }: HttpRequest, port: number): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === "POST" ? `content-length: ${Buffer.byteLength(body)}\r\n` : "";
  return `${method} /mcp HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join("")}${length}\r\n${body}`;
}
