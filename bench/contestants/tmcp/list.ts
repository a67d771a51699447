import { text, wideTools } from "../shared/tools.ts";
import { serveHttp } from "./http.ts";
import { newServer } from "./server.ts";

const server = newServer();
for (const { name, description, input } of wideTools()) {
  server.tool({ name, description, schema: input }, () => text("done"));
}

serveHttp(server);
