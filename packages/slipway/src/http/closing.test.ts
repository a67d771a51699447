import { expect, test } from "vitest";
import { McpServer } from "../server/index.ts";
import { StreamableHttpTransport } from "./transport.ts";

test("a call that the server stops to shut down is answered, so that its client asks another server", async () => {
  const server = new McpServer({ name: "closing", version: "1.0.0" });
  let begun!: () => void;
  const began = new Promise<void>((resolve) => {
    begun = resolve;
  });
  server.tool("wait", {
    async handler(_args, ctx) {
      begun();
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      return "stopped";
    },
  });
  const handler = new StreamableHttpTransport().bind(server);
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const response = handler(
    new Request("http://localhost/mcp", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "wait",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "wait", _meta } }),
    }),
  );
  await began;
  await handler.close();
  expect((await response).status).toBe(503);
  expect((await response).headers.get("retry-after")).toBe("1");
});
