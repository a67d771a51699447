import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { count, identity, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

function newServer(): McpServer {
  const server = new McpServer(identity);
  server.registerTool(
    count.name,
    { description: count.description, inputSchema: count.input },
    async (_, { _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken ?? 0;
      for (let i = 1; i <= count.steps; i++) {
        const params = { progressToken, progress: i, total: count.steps };
        await sendNotification({ method: "notifications/progress", params });
      }
      return text("done");
    },
  );
  return server;
}

serveHttp(newServer, { json: false });
