import { serveHttp } from "./http.ts";
import { addServer } from "./server.ts";

await serveHttp(addServer());
