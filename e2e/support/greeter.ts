import { McpServer } from "slipway";
import { z } from "zod";

/** A server whose tools use what a deployment may or may not have. */
export function createGreeter(): McpServer {
  const server = new McpServer({ name: "greeter", version: "1.0.0" });
  addGreetings(server);
  return server;
}

export function addGreetings(server: McpServer): void {
  server.tool("greet", {
    inputSchema: z.object({ name: z.string() }),
    handler: ({ name }) => `Hello, ${name}!`,
  });
  server.tool("greet-slowly", {
    inputSchema: z.object({ name: z.string() }),
    async handler({ name }, ctx) {
      await ctx.progress({ progress: 1, total: 2 });
      await ctx.progress({ progress: 2, total: 2 });
      return `Hello, ${name}!`;
    },
  });
  server.tool("greet-user", {
    async handler(_args, ctx) {
      const answer = await ctx.elicit({ message: "Who are you?", schema: z.object({ name: z.string() }) });
      return answer.action === "accept" ? `Hello, ${answer.content.name}!` : "Hello!";
    },
  });
}
