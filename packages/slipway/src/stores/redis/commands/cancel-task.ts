import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Cancels a task that has not ended.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * Returns the task's fields and their values by turns; none when it is unknown.
 */
export const cancelTask = script(
  "cancel-task",
  /* lua */ `${TASK}
local status = redis.call('HGET', KEYS[1], 's')
if status == 'working' or status == 'input_required' then
  redis.call('HSET', KEYS[1], 's', 'cancelled')
  redis.call('HDEL', KEYS[1], 'o', 'k')
  drop_questions(KEYS[1], {q = true})
  changed(KEYS[1], KEYS[2], ARGV[1])
end
return redis.call('HGETALL', KEYS[1])`,
);
