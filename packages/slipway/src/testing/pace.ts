import { pause } from "./assert.ts";

/**
 * Runs a case about time with a life of 200 ms, and with ever longer ones for as long as it answers `false`: on a
 * machine that pauses for too long nothing can be told.
 */
export async function atSomePace(attempt: (lifeMs: number) => Promise<boolean>): Promise<void> {
  for (let lifeMs = 200; lifeMs < 5_000; lifeMs *= 2) if (await attempt(lifeMs)) return;
  throw new Error("Expected pauses of less than 2.5 seconds, the machine or the store took longer.");
}

/**
 * Does something every tenth of a life, for three lives or until it answers `false`.
 * @returns the longest time between two, in milliseconds
 */
export async function keepDoing(lifeMs: number, work: () => Promise<boolean>): Promise<number> {
  const start = Date.now();
  let longest = 0;
  for (let last = start; last < start + 3 * lifeMs; ) {
    await pause(lifeMs / 10);
    const goOn = await work();
    const now = Date.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!goOn) break;
  }
  return longest;
}
