import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Gives a task that is working to an owner, if its owner is still the one that is expected.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2] the new owner
 * ARGV[3] the mark of this claim
 * ARGV[4] the owner that is expected; left out for nobody
 * Returns the task's fields and their values by turns, or nothing.
 */
export const claimTask = script(
  "claim-task",
  /* lua */ `${TASK}
if redis.call('HGET', KEYS[1], 's') ~= 'working' then return false end
if redis.call('HGET', KEYS[1], 'o') ~= (ARGV[4] or false) then return false end
redis.call('HSET', KEYS[1], 'o', ARGV[2], 'k', ARGV[3])
changed(KEYS[1], KEYS[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])`,
);
