import { parseArgs } from "node:util";
import { serve } from "slipway/node";
import { createBank } from "./server.ts";
import { openStore } from "./store.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "memory" },
    port: { type: "string", default: "3000" },
    // Serves clients of 2024-11-05 too, at /sse and /messages.
    "http-sse": { type: "boolean", default: false },
  },
});

try {
  const store = await openStore(values.store);
  await store.ready();
  const secret = process.env["SECRET"];
  const running = await serve(createBank(process.env["LEDGER"]), {
    port: Number(values.port),
    store,
    httpSse: values["http-sse"],
    // Machines that share the work need the same secret.
    ...(secret !== undefined && { requestState: { secrets: [secret] } }),
  });
  console.log(`Serving at ${running.url}, with its state in ${values.store}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      await running.close();
      await store.close();
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
