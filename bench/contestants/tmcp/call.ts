import { serveHttp } from "./http.ts";
import { addServer } from "./server.ts";

serveHttp(addServer());
