import { McpServer } from "@modelcontextprotocol/server";
import { count, identity, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

function newServer(): McpServer {
  const server = new McpServer(identity);
  server.registerTool(
    count.name,
    { description: count.description, inputSchema: count.input },
    async (_, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken ?? 0;
      for (let i = 1; i <= count.steps; i++) {
        const params = { progressToken, progress: i, total: count.steps };
        await mcpReq.notify({ method: "notifications/progress", params });
      }
      return text("done");
    },
  );
  return server;
}

serveHttp(newServer, { json: false });
