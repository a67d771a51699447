import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { identity, text, wideTools } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

const tools = wideTools();

function newServer(): McpServer {
  const server = new McpServer(identity);
  for (const { name, description, input } of tools) {
    server.registerTool(name, { description, inputSchema: input }, () => text("done"));
  }
  return server;
}

serveHttp(newServer);
