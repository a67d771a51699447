import { type RunningServer, serve } from "../../node/index.ts";
import { Failure } from "../command.ts";
import type { Io } from "../io.ts";
import { load } from "../load/index.ts";
import { observingOf } from "./observing.ts";
import { type ServeValues, serveOptions } from "./options.ts";
import { isShared, openStore } from "./store.ts";

export interface Instance {
  readonly running: RunningServer;
  /** Where its metrics are, where it serves some. */
  readonly metricsUrl: string | undefined;
  /** Lets running calls end, and closes all that was opened. */
  close(): Promise<void>;
}

/**
 * Serves a file in this process.
 * @throws Failure when it cannot be loaded, its store does not answer, or the port is taken
 */
export async function start(file: string, values: ServeValues, io: Io): Promise<Instance> {
  const served = await load(file, io);
  // What is kept in memory needs no store.
  const store = isShared(values.store) ? await openStore(values.store) : undefined;
  const options = await serveOptions(values, store, io.cwd);
  const observing = await observingOf(values, io);
  const running = await serve(served.server, {
    ...options,
    observe: observing,
    health: { ...values.health, checks: { ...values.health?.checks, ...observing?.checks } },
  }).catch((error: Error) => {
    throw new Failure(error.message, { cause: error });
  });
  return {
    running,
    metricsUrl: observing?.metricsUrl,
    async close() {
      await running.drain();
      await observing?.close();
      await store?.close();
      await served.close();
    },
  };
}
