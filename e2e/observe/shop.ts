import { trace } from "@opentelemetry/api";
import { McpServer, type McpServerOptions, RpcError, ToolError } from "slipway";
import { z } from "zod";

/** A server that does what can be seen of one. */
export function createShop(options: Partial<McpServerOptions> = {}): McpServer {
  const server = new McpServer({ name: "shop", version: "1.0.0", ...options });
  server.tool("greet", {
    inputSchema: z.object({ name: z.string().optional() }),
    handler: ({ name = "you" }) => `Hello, ${name}!`,
  });
  server.tool("work", {
    handler: () =>
      trace.getTracer("shop").startActiveSpan("own work", async (span) => {
        await new Promise((done) => setImmediate(done));
        span.end();
        return "done";
      }),
  });
  server.tool("ask", {
    handler: async (_, ctx) => {
      const answer = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
      return `It is ${answer.action}.`;
    },
  });
  server.tool("explode", {
    handler: () => {
      throw new Error("the secret recipe");
    },
  });
  server.tool("decline", {
    handler: () => {
      throw new ToolError("Not today.");
    },
  });
  server.tool("custom", {
    handler: () => {
      throw new RpcError(4711, "Out of stock");
    },
  });
  server.tool("long", { task: "optional", handler: () => "at last" });
  server.tool("correlation", { handler: (_, ctx) => ctx.correlationId });
  server.tool("open", {
    handler: async (_, ctx) => {
      await ctx.step("count", () => 1);
      const answer = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
      return `It is ${answer.action}.`;
    },
  });
  server.resource("orders://by-id/{id}{?key}", { name: "An order", handler: (uri) => uri.pathname });
  server.prompt("review", { handler: () => "Review this." });
  return server;
}
