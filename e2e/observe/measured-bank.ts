// One of several instances over a store, which serves its metrics on a port of their own.

import { serve } from "slipway/node";
import { observe } from "slipway/observe";
import { createBank } from "../../examples/fleet/server.ts";
import { openStore } from "../../examples/fleet/store.ts";

const store = await openStore(process.argv[2] ?? "memory");
const observing = await observe({ metrics: { prometheus: { port: 0 } } });
const server = createBank();
server.tool("audit", {
  task: "optional",
  // The instance that is to die never comes to an end.
  handler: () => (process.env["HOLD"] ? new Promise<never>(() => {}) : "nothing is missing"),
});
const running = await serve(server, { port: 0, store, observe: observing, httpSse: true });
console.log(`Serving at ${running.url}, measured at ${observing.metricsUrl}`);
