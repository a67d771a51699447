import { StoreUnavailableError } from "../../ports/index.ts";

/** For so long, in milliseconds, what belongs to a stream waits for a store that is away. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 200;

/**
 * Does again what has failed with `error`, as long as that says that the store is away.
 * @throws what it failed with last
 */
export async function whileAway<T>(run: () => T | Promise<T>, error: unknown): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  while (error instanceof StoreUnavailableError && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    try {
      return await run();
    } catch (again) {
      error = again;
    }
  }
  throw error;
}
