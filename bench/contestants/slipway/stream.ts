import { McpServer } from "slipway";
import { count, identity, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

const server = new McpServer(identity).tool(count.name, {
  description: count.description,
  inputSchema: count.input,
  handler: async (_, ctx) => {
    for (let i = 1; i <= count.steps; i++) await ctx.progress({ progress: i, total: count.steps });
    return text("done");
  },
});

await serveHttp(server);
