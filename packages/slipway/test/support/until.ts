/**
 * Waits until a condition holds, for what no event or message tells of.
 * @throws Error after `boundMs`
 */
export async function until(condition: () => boolean, what: string, boundMs = 5_000): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}.`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A promise with its two ends, for handlers that wait for the test. */
export function gate<T = void>(): {
  opened: Promise<T>;
  open: (value: T) => void;
  fail: (e: unknown) => void;
} {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  opened.catch(() => {});
  return { opened, open, fail };
}
