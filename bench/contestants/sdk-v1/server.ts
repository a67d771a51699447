import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { add, identity, structured } from "../shared/tools.ts";

export function addServer(): McpServer {
  const server = new McpServer(identity);
  server.registerTool(
    add.name,
    { description: add.description, inputSchema: add.input, outputSchema: add.output },
    ({ a, b }) => structured({ sum: a + b }),
  );
  return server;
}
