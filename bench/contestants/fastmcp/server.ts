import { FastMCP } from "fastmcp";
import { add, identity, structured } from "../shared/tools.ts";

export function newServer(): FastMCP {
  return new FastMCP({ name: identity.name, version: "1.0.0" });
}

export function addServer(): FastMCP {
  const server = newServer();
  server.addTool({
    name: add.name,
    description: add.description,
    parameters: add.input,
    outputSchema: add.output,
    execute: async ({ a, b }) => structured({ sum: a + b }),
  });
  return server;
}
