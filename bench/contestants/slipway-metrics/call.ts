// Slipway, measured for Prometheus, who asks every ten seconds.
import { observe } from "slipway/observe";
import { serveHttp } from "../slipway/http.ts";
import { addServer } from "../slipway/server.ts";

const observing = await observe({ metrics: { openTelemetry: false } });
setInterval(() => observing.endpoints["/metrics"]?.(), 10_000).unref();

await serveHttp(addServer(), { observe: observing });
