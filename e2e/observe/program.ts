// Serves the shop as its first argument says: over HTTP at a free port, or over stdio.
import { serve } from "slipway/node";
import { type AuditOptions, type LogsOptions, observe } from "slipway/observe";
import { serveStdio } from "slipway/stdio";
import { createShop } from "./shop.ts";

export interface ProgramOptions {
  readonly stdio?: boolean;
  readonly logs?: LogsOptions | boolean;
  readonly audit?: AuditOptions & { sink: string };
  /** Ends the process in the midst of what goes on, by `process.exit`. */
  readonly exitAfterCalls?: number;
}

const { stdio, logs, audit, exitAfterCalls } = JSON.parse(process.argv[2] ?? "{}") as ProgramOptions;
const observing = await observe({ ...(logs !== undefined && { logs }), ...(audit && { audit }) });
const server = createShop({ logger: observing.logger });
let calls = 0;
server.tool("count", {
  handler: () => {
    if (++calls === exitAfterCalls) setImmediate(() => process.exit());
    return String(calls);
  },
});
server.tool("chatty", {
  handler: () => {
    console.log("on standard output");
    return "said";
  },
});
if (stdio) {
  await serveStdio(server, { observe: observing }).closed;
  await observing.close();
} else {
  const { url } = await serve(server, { port: 0, observe: observing, health: { checks: observing.checks } });
  process.stdout.write(`${url}\n`);
}
