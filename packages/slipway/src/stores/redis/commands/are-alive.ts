import { script } from "../script.ts";

/**
 * Which of two instances live.
 *
 * KEYS[1] one instance
 * KEYS[2] another
 * Returns 1 or 0 for each.
 */
export const areAlive = script(
  "are-alive",
  /* lua */ `return {redis.call('EXISTS', KEYS[1]), redis.call('EXISTS', KEYS[2])}`,
);
