import { McpServer } from "slipway";
import { addChangingTools, LocalSwitches, type Switches } from "./changes.ts";
import { addAskingTools } from "./elicitation.ts";
import { addInputRequired } from "./input-required.ts";
import { addNotifyingTools } from "./notifications.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import { addTasks } from "./tasks.ts";
import { addTools } from "./tools.ts";

/** A server with one of everything, for clients of every revision. */
export function createServer(switches: Switches = new LocalSwitches()): McpServer {
  const server = new McpServer({
    name: "slipway-everything",
    version: "0.1.0",
    title: "Everything",
    description: "One of everything that MCP has.",
    instructions: "Every tool says what it shows.",
    cacheHints: { ttlMs: 60_000, cacheScope: "public" },
  });
  addTools(server);
  addNotifyingTools(server);
  addAskingTools(server);
  addInputRequired(server);
  addResources(server);
  addPrompts(server);
  addChangingTools(server, switches);
  addTasks(server);
  return server;
}
