// Slipway with a line for each call, into a file.
import { observe } from "slipway/observe";
import { logFile } from "../shared/log-file.ts";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

const observing = await observe({ logs: { destination: logFile("log") } });
await serveHttp(addServer(), { observe: observing });
