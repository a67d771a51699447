// Slipway with an audit, in a file.
import { observe } from "slipway/observe";
import { logFile } from "../shared/log-file.ts";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

const observing = await observe({ audit: logFile("jsonl") });
await serveHttp(addServer(), { observe: observing });
