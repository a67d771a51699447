import { McpServer } from "slipway";
import { confirm, identity, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

const server = new McpServer(identity).tool(confirm.name, {
  description: confirm.description,
  inputSchema: confirm.input,
  handler: async ({ item }, ctx) => {
    const answer = await ctx.elicit({ message: confirm.question(item), schema: confirm.answer });
    return text(confirm.verdict(item, answer.action === "accept" && answer.content.sure));
  },
});

await serveHttp(server);
