/** Calls `end` on the first SIGTERM or SIGINT, and `now` on a second one. */
export function onEndSignals(end: (signal: NodeJS.Signals) => void, now: () => void): void {
  let ending = false;
  const listener = (signal: NodeJS.Signals) => {
    if (ending) return now();
    ending = true;
    end(signal);
  };
  process.on("SIGTERM", listener);
  process.on("SIGINT", listener);
}
