// Slipway with metrics for Prometheus, traces of which one in a hundred is sampled, and a line for each call.
import { tmpdir } from "node:os";
import { observe } from "slipway/observe";
import { registerTracing } from "../shared/tracing.ts";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

registerTracing(1);
const observing = await observe({
  metrics: { openTelemetry: false },
  traces: { sampled: 0.01 },
  logs: { destination: `${tmpdir()}/slipway-bench-${process.pid}.log` },
});
setInterval(() => observing.endpoints["/metrics"]?.(), 10_000).unref();
await serveHttp(addServer(), { observe: observing });
