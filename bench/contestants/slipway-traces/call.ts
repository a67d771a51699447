// Slipway, of whose traces one in a hundred is sampled.
import { observe } from "slipway/observe";
import { registerTracing } from "../shared/tracing.ts";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

registerTracing(1);
await serveHttp(addServer(), { observe: await observe({ traces: { sampled: 0.01 } }) });
