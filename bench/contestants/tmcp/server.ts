import { ZodJsonSchemaAdapter } from "@tmcp/adapter-zod";
import { McpServer } from "tmcp";
import { add, identity, structured } from "../shared/tools.ts";

export function newServer() {
  return new McpServer(identity, { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: {} } });
}

export function addServer() {
  const server = newServer();
  server.tool(
    { name: add.name, description: add.description, schema: add.input, outputSchema: add.output },
    ({ a, b }) => structured({ sum: a + b }),
  );
  return server;
}
