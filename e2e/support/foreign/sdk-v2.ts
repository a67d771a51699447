// A server of `@modelcontextprotocol/server` 2.x: over stdio with `--stdio`, else over HTTP, at a port that it prints.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  acceptedContent,
  createMcpHandler,
  createRequestStateCodec,
  inputRequired,
  McpServer,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
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

const codec = createRequestStateCodec<string>({ key: "a secret for tests, at least 32 bytes long" });

function newServer(): McpServer {
  const server = new McpServer(identity, { requestState: { verify: codec.verify } });
  server.registerTool(
    add.name,
    { description: add.description, inputSchema: add.input, outputSchema: add.output },
    ({ a, b }) => sum(a, b),
  );
  server.registerTool(
    count.name,
    { description: count.description, inputSchema: count.input },
    async (_args, { mcpReq }) => {
      for (let progress = 1; progress <= 3; progress++) {
        const params = { progressToken: mcpReq._meta?.progressToken ?? 0, progress, total: 3 };
        await mcpReq.notify({ method: "notifications/progress", params });
      }
      return text("three");
    },
  );
  server.registerTool(
    confirm.name,
    { description: confirm.description, inputSchema: confirm.input },
    async ({ item }, ctx) => {
      const answer = acceptedContent(ctx.mcpReq.inputResponses, "sure", confirm.answer);
      if (answer !== undefined) return text(confirm.verdict(item, answer.sure));
      return inputRequired({
        inputRequests: {
          sure: inputRequired.elicit({
            message: confirm.question(item),
            requestedSchema: confirm.answer,
          }),
        },
        requestState: await codec.mint(item, ctx),
      });
    },
  );
  server.registerResource(note.name, note.uri, { mimeType: "text/plain" }, () => noteContents);
  server.registerPrompt(prompt.name, {}, () => promptMessages);
  return server;
}

if (process.argv.includes("--stdio")) serveStdio(newServer);
else {
  const http = createServer(toNodeHandler(createMcpHandler(newServer)));
  http.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
  });
}
