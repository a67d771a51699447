import { constants } from "node:os";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Calls `end` on the first SIGTERM or SIGINT. A second one ends the process at once, as it would without a listener.
 * @returns how to leave signals alone again
 */
export function onSignals(end: () => void): () => void {
  let signalled = false;
  const listener = (signal: "SIGTERM" | "SIGINT") => {
    if (!signalled) {
      signalled = true;
      end();
      return;
    }
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
