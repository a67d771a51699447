import { count, text } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";
import { newServer } from "./server.ts";

const server = newServer();
server.tool({ name: count.name, description: count.description, schema: count.input }, async () => {
  for (let i = 1; i <= count.steps; i++) await server.progress(i, count.steps);
  return text("done");
});

serveHttp(server);
