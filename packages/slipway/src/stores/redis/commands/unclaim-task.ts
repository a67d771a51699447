import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Takes back a claim of which nobody knows whether it succeeded.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2] the mark of the claim
 * ARGV[3] the owner before; left out for nobody
 */
export const unclaimTask = script(
  "unclaim-task",
  /* lua */ `${TASK}
if redis.call('HGET', KEYS[1], 'k') ~= ARGV[2] then return end
redis.call('HDEL', KEYS[1], 'k', 'o')
if ARGV[3] then redis.call('HSET', KEYS[1], 'o', ARGV[3]) end
changed(KEYS[1], KEYS[2], ARGV[1])`,
);
