import { count } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";
import { newServer } from "./server.ts";

const server = newServer();
server.addTool({
  name: count.name,
  description: count.description,
  parameters: count.input,
  execute: async (_, { reportProgress }) => {
    for (let i = 1; i <= count.steps; i++) await reportProgress({ progress: i, total: count.steps });
    return "done";
  },
});

await serveHttp(server, { json: false });
