import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Puts a task to sleep until its questions are answered, if it is still its owner's.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2] its owner
 * ARGV[3] its journal as JSON
 * ARGV[4...] keys and questions, as JSON, by turns
 * Returns 1, or 0 when it is not the owner's.
 */
export const askTask = script(
  "ask-task",
  /* lua */ `${TASK}
if not owns(KEYS[1], ARGV[2]) then return 0 end
drop_questions(KEYS[1], {q = true, a = true})
for index = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], 'q' .. ARGV[index], ARGV[index + 1]) end
redis.call('HSET', KEYS[1], 'j', ARGV[3], 's', 'input_required', '#', (#ARGV - 3) / 2)
redis.call('HDEL', KEYS[1], 'o', 'k')
changed(KEYS[1], KEYS[2], ARGV[1])
return 1`,
);
