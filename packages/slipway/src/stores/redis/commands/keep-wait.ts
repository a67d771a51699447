import { script } from "../script.ts";

/**
 * Lets a question wait on, also where it was lost, or gives its answer.
 *
 * KEYS[1] the question
 * ARGV[1] 'w<channel> <number>' of the one that waits
 * ARGV[2] how long it waits when nobody sees to it, in milliseconds
 * Returns the answer, if there is one.
 */
export const keepWait = script(
  "keep-wait",
  /* lua */ `
local wait = redis.call('GET', KEYS[1])
if wait and string.sub(wait, 1, 1) ~= 'w' then return wait end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`,
);
