import { add, structured } from "../shared/tools.ts";
import { newServer, serveHttp } from "./http.ts";

const server = newServer().tool(add.name, {
  description: add.description,
  inputSchema: add.input,
  outputSchema: add.output,
  handler: ({ a, b }) => structured({ sum: a + b }),
});

serveHttp(server);
