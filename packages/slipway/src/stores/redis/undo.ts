import { unref } from "./timer.ts";

/** So often, and so long apart in milliseconds, it is tried to take something back. */
const ATTEMPTS = 60;
const PAUSE_MS = 1_000;

/** Takes back, in the background, what may have been done although it failed; tries until Redis answers. */
export async function undo(attempt: () => Promise<unknown>): Promise<void> {
  for (let count = 0; count < ATTEMPTS; count++) {
    try {
      await attempt();
      return;
    } catch {
      await new Promise<void>((resolve) => unref(setTimeout(resolve, PAUSE_MS)));
    }
  }
}
