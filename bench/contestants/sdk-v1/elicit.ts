import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { confirm, identity, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

function newServer(): McpServer {
  const server = new McpServer(identity);
  server.registerTool(
    confirm.name,
    { description: confirm.description, inputSchema: confirm.input },
    async ({ item }, { requestId }) => {
      const answer = await server.server.elicitInput(
        {
          mode: "form",
          message: confirm.question(item),
          requestedSchema: confirm.answerJson,
        },
        { relatedRequestId: requestId },
      );
      return text(confirm.verdict(item, answer.action === "accept" && answer.content?.["sure"] === true));
    },
  );
  return server;
}

serveHttp(newServer, { json: false });
