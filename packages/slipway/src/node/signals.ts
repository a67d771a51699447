import { constants } from "node:os";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

type Signal = (typeof SIGNALS)[number];

/**
 * Calls `end` on the first SIGTERM or SIGINT.
 * @param again called on each further one. Default: it ends the process at once, as it would without a listener
 * @returns how to leave signals alone again
 */
export function onSignals(end: (signal: Signal) => void, again?: () => void): () => void {
  let signalled = false;
  const listener = (signal: Signal) => {
    if (!signalled) {
      signalled = true;
      end(signal);
      return;
    }
    if (again !== undefined) return again();
    stop();
    process.kill(process.pid, signal);
    // Others listen, so that it does not end the process by itself.
    if (process.listenerCount(signal) > 0) process.exit(128 + constants.signals[signal]);
  };
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return stop;
}
