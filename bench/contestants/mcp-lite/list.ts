import { text, wideTools } from "../shared/tools.ts";
import { newServer, serveHttp } from "./http.ts";

const server = newServer();
for (const { name, description, input } of wideTools()) {
  server.tool(name, { description, inputSchema: input, handler: () => text("done") });
}

serveHttp(server);
