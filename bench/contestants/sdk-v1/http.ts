import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { keepsSessions, listen } from "../shared/process.ts";

interface Options {
  /** Whether answers are JSON, where the library lets the application choose. Default: true. */
  json?: boolean;
}

/** One server for each session, or for each request, as the library's examples do it. */
export function serveHttp(newServer: () => McpServer, { json = true }: Options = {}): void {
  const serve = keepsSessions ? inSession : alone;
  listen((request, response) => void serve(newServer, json, request, response));
}

async function alone(
  newServer: () => McpServer,
  json: boolean,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const server = newServer();
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: json,
  });
  response.on("close", () => {
    void transport.close();
    void server.close();
  });
  await server.connect(transport);
  await transport.handleRequest(request, response);
}

const sessions = new Map<string, StreamableHTTPServerTransport>();

async function inSession(
  newServer: () => McpServer,
  json: boolean,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const known = sessions.get(String(request.headers["mcp-session-id"]));
  if (known !== undefined) return known.handleRequest(request, response);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: json,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await newServer().connect(transport);
  await transport.handleRequest(request, response);
}
