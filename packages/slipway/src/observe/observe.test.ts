import { expect, test } from "vitest";
import { StreamableHttpTransport } from "../http/index.ts";
import { McpServer } from "../server/index.ts";
import { observerOf } from "./part.ts";

const greet = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "greet" } };

test("parts see a call in their order, and one that fails takes nothing from the others", async () => {
  const seen: string[] = [];
  const failed: unknown[] = [];
  const part = (name: string) => ({
    began: () => void seen.push(`${name} began`),
    around: async (_: unknown, next: () => never) => {
      seen.push(`${name} around`);
      return await next();
    },
    ended: () => {
      seen.push(`${name} ended`);
      if (name === "a") throw new Error("a failed");
    },
  });
  const { observer: observe } = observerOf([part("a"), part("b")], (error) => failed.push(error));
  const server = new McpServer({ name: "watched", version: "1.0.0" });
  server.tool("greet", { handler: () => void seen.push("handler") as unknown as string });
  const handler = new StreamableHttpTransport({ observe }).bind(server);
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const body = JSON.stringify(greet);
  await handler(new Request("http://127.0.0.1/mcp", { method: "POST", headers, body }));
  expect(seen).toEqual(["a began", "b began", "a around", "b around", "handler", "a ended", "b ended"]);
  expect(failed).toMatchObject([{ message: "a failed" }]);
});
