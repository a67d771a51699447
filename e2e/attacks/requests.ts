import type { Bytes, Message } from "./wire.ts";

export type Fields = readonly (readonly [name: string, value: string | undefined])[];

export const MODERN = "2026-07-28";
export const LEGACY = "2025-11-25";

/** The bytes of a request, with the fields as they are given: doubled, wrong, or `undefined` for none. */
export function http(method: string, fields: Fields, body: Bytes = "", target = "/mcp"): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const named = new Set(fields.map(([name]) => name.toLowerCase()));
  const usual: Fields = [
    ["Host", "localhost"],
    ["Accept", "application/json, text/event-stream"],
    ...(method === "POST"
      ? ([
          ["Content-Type", "application/json"],
          ["Content-Length", String(bytes.length)],
        ] as const)
      : []),
  ];
  const all = [...usual.filter(([name]) => !named.has(name.toLowerCase())), ...fields];
  const lines = all.flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}\r\n`));
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"),
    bytes,
  ]);
}

export function meta(more: Message = {}): Message {
  return {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
    ...more,
  };
}

/** A message of the newest revision. `params` may have a `_meta` of its own. */
export function message(method: string, params: object = {}, id: unknown = 1): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: { _meta: meta(), ...params } });
}

/** The headers that mirror such a message; those that are given come in place of them. */
export function mirrored(method: string, name?: string, more: Fields = []): Fields {
  const own: Fields = [
    ["MCP-Protocol-Version", MODERN],
    ["Mcp-Method", method],
    ["Mcp-Name", name],
  ];
  const given = new Set(more.map(([header]) => header.toLowerCase()));
  return [...own.filter(([header]) => !given.has(header.toLowerCase())), ...more];
}

/** A request of the newest revision, as a good client sends it but for what is given. */
export function modern(method: string, params: Message = {}, more: Fields = [], id: unknown = 1): Buffer {
  const name = params["name"] ?? params["uri"] ?? params["taskId"];
  const named = typeof name === "string" ? headerText(name) : undefined;
  return http("POST", mirrored(method, named, more), message(method, params, id));
}

export function tool(name: string, args: object = {}, more: Fields = [], id: unknown = 1): Buffer {
  return modern("tools/call", { name, arguments: args }, more, id);
}

/** A value as a header carries it. */
export function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) && text.trim() === text
    ? text
    : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

/** A message in a session. */
export function legacy(session: string | undefined, body: Message | string, more: Fields = []): Buffer {
  const text = typeof body === "string" ? body : JSON.stringify({ jsonrpc: "2.0", ...body });
  return http("POST", [["Mcp-Session-Id", session], ["MCP-Protocol-Version", LEGACY], ...more], text);
}

export function initialize(version = LEGACY, more: Message = {}): Message {
  const params = {
    protocolVersion: version,
    capabilities: { elicitation: {} },
    clientInfo: { name: "attacker", version: "1.0.0" },
    ...more,
  };
  return { jsonrpc: "2.0", id: 0, method: "initialize", params };
}

export function bearer(token: string): Fields {
  return [["Authorization", `Bearer ${token}`]];
}
