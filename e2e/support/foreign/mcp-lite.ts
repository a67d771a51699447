// A server of mcp-lite over HTTP with sessions, at a port that it prints; it has no stdio.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import {
  InMemoryClientRequestAdapter,
  InMemorySessionAdapter,
  McpServer,
  StreamableHttpTransport,
} from "mcp-lite";
import { z } from "zod";
import { add, confirm, count, identity, note, prompt, promptMessages, sum, text } from "./tools.ts";

const schemaAdapter = (schema: unknown) => z.toJSONSchema(schema as z.ZodType);
const server = new McpServer({ ...identity, schemaAdapter })
  .tool(add.name, {
    description: add.description,
    inputSchema: add.input,
    outputSchema: add.output,
    handler: ({ a, b }) => sum(a, b),
  })
  .tool(count.name, {
    description: count.description,
    inputSchema: count.input,
    handler: async (_args, ctx) => {
      for (let progress = 1; progress <= 3; progress++) await ctx.progress?.({ progress, total: 3 });
      return text("three");
    },
  })
  .tool(confirm.name, {
    description: confirm.description,
    inputSchema: confirm.input,
    handler: async ({ item }, ctx) => {
      const answer = await ctx.elicit({ message: confirm.question(item), schema: confirm.answerJson });
      return text(confirm.verdict(item, answer.action === "accept" && answer.content?.["sure"] === true));
    },
  })
  .resource(note.uri, { name: note.name, mimeType: "text/plain" }, async () => ({
    contents: [{ uri: note.uri, type: "text", mimeType: "text/plain", text: note.text }],
  }))
  .prompt(prompt.name, { handler: () => promptMessages });

const handle = new StreamableHttpTransport({
  sessionAdapter: new InMemorySessionAdapter({ maxEventBufferSize: 1024 }),
  clientRequestAdapter: new InMemoryClientRequestAdapter({ defaultTimeoutMs: 30_000 }),
}).bind(server);

const http = createServer(getRequestListener((request) => handle(request)));
http.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
});
