// Slipway with metrics for Prometheus, traces of which one in a hundred is sampled, and a line for each call.
import { observe } from "slipway/observe";
import { logFile } from "../shared/log-file.ts";
import { registerTracing } from "../shared/tracing.ts";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

registerTracing(1);
const observing = await observe({
  metrics: { openTelemetry: false },
  traces: { sampled: 0.01 },
  logs: { destination: logFile("log") },
});
setInterval(() => observing.endpoints["/metrics"]?.(), 10_000).unref();
await serveHttp(addServer(), { observe: observing });
