import { getRequestListener } from "@hono/node-server";
import {
  InMemoryClientRequestAdapter,
  InMemorySessionAdapter,
  McpServer,
  StreamableHttpTransport,
} from "mcp-lite";
import { z } from "zod";
import { keepsSessions, listen } from "../shared/process.ts";
import { identity } from "../shared/tools.ts";

export function newServer(): McpServer {
  return new McpServer({ ...identity, schemaAdapter: (schema) => z.toJSONSchema(schema as z.ZodType) });
}

export function serveHttp(server: McpServer): void {
  const transport = new StreamableHttpTransport(
    keepsSessions
      ? {
          sessionAdapter: new InMemorySessionAdapter({ maxEventBufferSize: 1024 }),
          clientRequestAdapter: new InMemoryClientRequestAdapter({ defaultTimeoutMs: 30_000 }),
        }
      : {},
  );
  const handler = transport.bind(server);
  listen(getRequestListener((request) => handler(request)));
}
