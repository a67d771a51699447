import { fileURLToPath } from "node:url";

/** What to do with a server that listens at `url`, to be read in a terminal. */
export function howToConnect(url: string): string {
  return `The atlas listens at ${url}

Client configuration, over HTTP:

${JSON.stringify({ mcpServers: { atlas: { type: "http", url } } }, undefined, 2)}

The same over stdio, where the client starts the server:

${JSON.stringify({ mcpServers: { atlas: stdioCommand() } }, undefined, 2)}

Try it, as a client of 2026-07-28 (one request, no handshake):

${curl(url, modernSearch(), ["mcp-protocol-version: 2026-07-28", "mcp-method: tools/call", "mcp-name: search"])}

or of 2025-11-25 and earlier (which opens a session):

${curl(url, legacyInitialize(), [])}`;
}

function stdioCommand(): { command: string; args: string[] } {
  return { command: process.execPath, args: [fileURLToPath(new URL("stdio.ts", import.meta.url))] };
}

function curl(url: string, body: object, headers: readonly string[]): string {
  const given = ["content-type: application/json", ...headers].map((header) => `-H '${header}'`);
  return `curl -sS ${url} ${given.join(" ")} -d '${JSON.stringify(body)}'`;
}

function modernSearch(): object {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name: "search",
      arguments: { name: "zurich", limit: 1 },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  };
}

function legacyInitialize(): object {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "curl", version: "1.0.0" },
    },
  };
}
