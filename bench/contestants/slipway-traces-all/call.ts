// Slipway, of whose traces every one is sampled.
import { observe } from "slipway/observe";
import { registerTracing } from "../shared/tracing.ts";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

registerTracing(1);
await serveHttp(addServer(), { observe: await observe({ traces: true }) });
