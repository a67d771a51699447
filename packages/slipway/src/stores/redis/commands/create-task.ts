import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Keeps a new task.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2] how long it is kept, in milliseconds
 * ARGV[3...] fields and their values by turns
 * Returns the task's fields and their values by turns, or nothing when its id is in use.
 */
export const createTask = script(
  "create-task",
  /* lua */ `${TASK}
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local time = now()
redis.call('HSET', KEYS[1], '+', time, 'u', time - 1, unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
changed(KEYS[1], KEYS[2], ARGV[1])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
return redis.call('HGETALL', KEYS[1])`,
);
