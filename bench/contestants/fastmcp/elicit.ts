import { confirm } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";
import { newServer } from "./server.ts";

const server = newServer();
server.addTool({
  name: confirm.name,
  description: confirm.description,
  parameters: confirm.input,
  execute: async ({ item }, { elicit }) => {
    const answer = await elicit({
      message: confirm.question(item),
      requestedSchema: confirm.answerJson,
    });
    return confirm.verdict(item, answer.action === "accept" && answer.content?.["sure"] === true);
  },
});

await serveHttp(server, { json: false });
