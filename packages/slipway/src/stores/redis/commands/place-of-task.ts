import { script } from "../script.ts";

/**
 * Finds a task's place among its principal's.
 *
 * KEYS[1] the principal's tasks
 * ARGV[1] the task's id
 * Returns the place, or nothing when the principal has no such task.
 */
export const placeOfTask = script("place-of-task", /* lua */ `return redis.call('ZSCORE', KEYS[1], ARGV[1])`);
