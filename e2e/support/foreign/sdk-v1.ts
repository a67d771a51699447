// A server of `@modelcontextprotocol/sdk` 1.x: over stdio with `--stdio`, over HTTP+SSE with `--http+sse`, else over HTTP with
// sessions, at an address that it prints.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  add,
  confirm,
  count,
  identity,
  note,
  noteContents,
  prompt,
  promptMessages,
  sum,
  text,
} from "./tools.ts";

function newServer(): McpServer {
  const server = new McpServer(identity);
  server.registerTool(
    add.name,
    { description: add.description, inputSchema: add.input, outputSchema: add.output },
    ({ a, b }) => sum(a, b),
  );
  server.registerTool(
    count.name,
    { description: count.description, inputSchema: count.input },
    async (_args, { _meta, sendNotification }) => {
      for (let progress = 1; progress <= 3; progress++) {
        const params = { progressToken: _meta?.progressToken ?? 0, progress, total: 3 };
        await sendNotification({ method: "notifications/progress", params });
      }
      return text("three");
    },
  );
  server.registerTool(
    confirm.name,
    { description: confirm.description, inputSchema: confirm.input },
    async ({ item }, { requestId }) => {
      const question = { message: confirm.question(item), requestedSchema: confirm.answerJson };
      const answer = await server.server.elicitInput(
        { mode: "form", ...question },
        { relatedRequestId: requestId },
      );
      return text(confirm.verdict(item, answer.action === "accept" && answer.content?.["sure"] === true));
    },
  );
  server.registerResource(note.name, note.uri, { mimeType: "text/plain" }, () => noteContents);
  server.registerPrompt(prompt.name, {}, () => promptMessages);
  return server;
}

const sessions = new Map<string, StreamableHTTPServerTransport>();

async function transportFor(sessionId: string | undefined): Promise<StreamableHTTPServerTransport> {
  const known = sessions.get(sessionId ?? "");
  if (known !== undefined) return known;
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await newServer().connect(transport);
  return transport;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const transport = await transportFor(request.headers["mcp-session-id"] as string | undefined);
  await transport.handleRequest(request, response);
}

const streams = new Map<string | null, SSEServerTransport>();

async function answerBySse(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  if (request.method === "GET" && pathname === "/mcp") {
    const transport = new SSEServerTransport("/messages", response);
    streams.set(transport.sessionId, transport);
    await newServer().connect(transport);
    return;
  }
  const stream = streams.get(searchParams.get("sessionId"));
  if (pathname === "/messages" && stream !== undefined) await stream.handlePostMessage(request, response);
  else response.writeHead(404).end("Cannot POST that.");
}

if (process.argv.includes("--stdio")) await newServer().connect(new StdioServerTransport());
else {
  const http = createServer(process.argv.includes("--http+sse") ? answerBySse : answer);
  http.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
  });
}
