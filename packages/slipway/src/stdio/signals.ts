const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Calls `end` on the first signal to end. The second one ends the process at once, as it would without a
 * listener.
 * @returns how to leave signals alone again
 */
export function onSignals(end: () => void): () => void {
  let signalled = false;
  const listener = (signal: NodeJS.Signals) => {
    if (!signalled) {
      signalled = true;
      end();
      return;
    }
    stop();
    process.kill(process.pid, signal);
  };
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return stop;
}
