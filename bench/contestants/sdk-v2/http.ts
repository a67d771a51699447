import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { createMcpHandler, type McpServer } from "@modelcontextprotocol/server";
import { keepsSessions, listen } from "../shared/process.ts";

interface Options {
  /** Whether answers within sessions are JSON, where the library lets the application choose. Default: true. */
  json?: boolean;
}

const validateHost = localhostHostValidation();
const validateOrigin = localhostOriginValidation();

/** `createMcpHandler`, or one server for each session, which it does not have. */
export function serveHttp(newServer: () => McpServer, { json = true }: Options = {}): void {
  const handle = toNodeHandler(createMcpHandler(newServer));
  listen((request, response) => {
    if (!validateHost(request, response) || !validateOrigin(request, response)) return;
    void (keepsSessions ? inSession(newServer, json, request, response) : handle(request, response));
  });
}

const sessions = new Map<string, NodeStreamableHTTPServerTransport>();

async function inSession(
  newServer: () => McpServer,
  json: boolean,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const known = sessions.get(String(request.headers["mcp-session-id"]));
  if (known !== undefined) return known.handleRequest(request, response);
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: json,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await newServer().connect(transport);
  await transport.handleRequest(request, response);
}
