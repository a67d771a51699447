import { script } from "../script.ts";

/**
 * Ends a wait without an answer, unless there is one.
 *
 * KEYS[1] the question
 * Returns the answer, if there is one.
 */
export const endWait = script(
  "end-wait",
  /* lua */ `
local wait = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return wait and string.sub(wait, 1, 1) ~= 'w' and wait`,
);
