import { script } from "../script.ts";
import { TASK } from "./parts.ts";

/**
 * Changes one field of a task, if it is still its owner's: j the journal, m the message.
 *
 * KEYS[1] the task
 * KEYS[2] the tasks that are working
 * ARGV[1] its id
 * ARGV[2] its owner
 * ARGV[3] the field
 * ARGV[4] the value
 * Returns 1, or 0 when it is not the owner's.
 */
export const saveTask = script(
  "save-task",
  /* lua */ `${TASK}
if not owns(KEYS[1], ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
changed(KEYS[1], KEYS[2], ARGV[1])
return 1`,
);
