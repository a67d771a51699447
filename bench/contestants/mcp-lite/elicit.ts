import { confirm, text } from "../shared/tools.ts";
import { newServer, serveHttp } from "./http.ts";

const server = newServer().tool(confirm.name, {
  description: confirm.description,
  inputSchema: confirm.input,
  handler: async ({ item }, ctx) => {
    const answer = await ctx.elicit({ message: confirm.question(item), schema: confirm.answerJson });
    return text(confirm.verdict(item, answer.action === "accept" && answer.content?.["sure"] === true));
  },
});

serveHttp(server);
