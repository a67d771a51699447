import { McpServer } from "slipway";
import { identity, text, wideTools } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";

const server = new McpServer(identity);
for (const { name, description, input } of wideTools()) {
  server.tool(name, { description, inputSchema: input, handler: () => text("done") });
}

await serveHttp(server);
