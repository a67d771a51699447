import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Takes answers to open questions of a task. With the last one it is working again.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2...] keys and answers, as JSON, by turns
 * Returns the task's fields and their values by turns; none when it is unknown.
 */
export const answerTask = script(
  "answer-task",
  /* lua */ `${TASK}
local taken = 0
for index = 2, #ARGV, 2 do
  if redis.call('HDEL', KEYS[1], 'q' .. ARGV[index]) == 1 then
    redis.call('HSET', KEYS[1], 'a' .. ARGV[index], ARGV[index + 1])
    taken = taken + 1
  end
end
if taken > 0 then
  if redis.call('HINCRBY', KEYS[1], '#', -taken) == 0 then
    redis.call('HDEL', KEYS[1], '#')
    redis.call('HSET', KEYS[1], 's', 'working')
  end
  changed(KEYS[1], KEYS[2], ARGV[1])
end
return redis.call('HGETALL', KEYS[1])`,
);
