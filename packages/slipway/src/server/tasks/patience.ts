import { StoreUnavailableError } from "../../ports/index.ts";

const ATTEMPTS = 30;
const RETRY_MS = 1_000;

/**
 * Makes a change to a task, and waits for a store that is away: one that comes back within half a minute costs a task
 * nothing but time. The change may be made twice: it is the same then.
 * @param givenUp says that it is not to be tried again
 */
export async function patiently<T>(change: () => T | Promise<T>, givenUp?: () => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || attempt === ATTEMPTS || givenUp?.()) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
