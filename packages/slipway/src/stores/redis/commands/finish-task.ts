import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Ends a task, if it is still its owner's.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2] its owner
 * ARGV[3] 'completed' or 'failed'
 * ARGV[4] how it ended, as JSON
 * Returns 1, or 0 when it is not the owner's.
 */
export const finishTask = script(
  "finish-task",
  /* lua */ `${TASK}
if not owns(KEYS[1], ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 's', ARGV[3], 'e', ARGV[4])
redis.call('HDEL', KEYS[1], 'o', 'k')
changed(KEYS[1], KEYS[2], ARGV[1])
return 1`,
);
