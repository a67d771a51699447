import { wideTools } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";
import { newServer } from "./server.ts";

const server = newServer();
for (const { name, description, input } of wideTools()) {
  server.addTool({ name, description, parameters: input, execute: async () => "done" });
}

await serveHttp(server);
