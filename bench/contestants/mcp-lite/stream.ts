import { count, text } from "../shared/tools.ts";
import { newServer, serveHttp } from "./http.ts";

const server = newServer().tool(count.name, {
  description: count.description,
  inputSchema: count.input,
  handler: async (_, ctx) => {
    for (let i = 1; i <= count.steps; i++) await ctx.progress?.({ progress: i, total: count.steps });
    return text("done");
  },
});

serveHttp(server);
