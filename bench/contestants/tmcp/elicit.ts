import { confirm, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";
import { newServer } from "./server.ts";

const server = newServer();
server.tool(
  { name: confirm.name, description: confirm.description, schema: confirm.input, replayable: true },
  async ({ item }) => {
    const answer = await server.elicitation(confirm.question(item), confirm.answer);
    return text(confirm.verdict(item, answer.action === "accept" && answer.content?.sure === true));
  },
);

serveHttp(server);
