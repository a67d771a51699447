// A server over stdio that is measured; its tool `collected` tells what OpenTelemetry has of it.
import { metrics } from "@opentelemetry/api";
import { observe } from "slipway/observe";
import { serveStdio } from "slipway/stdio";
import { createGreeter } from "../support/greeter.ts";
import { Collector } from "./collector.ts";

const collector = new Collector();
metrics.setGlobalMeterProvider(collector.provider);
const observing = await observe({ metrics: { prometheus: { port: 0 } } });

const server = createGreeter();
server.tool("collected", { handler: async () => JSON.stringify(await collector.collect()) });
server.tool("text", { handler: async () => (await fetch(observing.metricsUrl as string)).text() });
serveStdio(server, { observe: observing });
