import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Keeps a new task. Its place among its principal's is the time in microseconds, and after all of them. Those of which the
 * time is over leave the list as others come.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * KEYS[3] the principal's tasks, by their places
 * KEYS[4] the same, by when their time is over
 * ARGV[1] its id
 * ARGV[2] how long it is kept, in milliseconds
 * ARGV[3...] fields and their values by turns
 * Returns the task's fields and their values by turns, or nothing when its id is in use.
 */
export const createTask = script(
  "create-task",
  /* lua */ `${TASK}
local function live_at_least(key, ms)
  if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, ms) end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local time = now()
redis.call('HSET', KEYS[1], '+', time, 'u', time - 1, unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
changed(KEYS[1], KEYS[2], ARGV[1])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', time, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZREM', KEYS[4], id)
end
local clock = redis.call('TIME')
local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
redis.call('ZADD', KEYS[3], math.max(clock[1] * 1000000 + clock[2], (last or 0) + 1), ARGV[1])
redis.call('ZADD', KEYS[4], time + ARGV[2], ARGV[1])
for index = 2, 4 do live_at_least(KEYS[index], ARGV[2]) end
return redis.call('HGETALL', KEYS[1])`,
);
