import { McpServer } from "slipway";
import { add, identity } from "../shared/tools.ts";

export function addServer(): McpServer {
  return new McpServer(identity).tool(add.name, {
    description: add.description,
    inputSchema: add.input,
    outputSchema: add.output,
    handler: ({ a, b }) => ({ sum: a + b }),
  });
}
