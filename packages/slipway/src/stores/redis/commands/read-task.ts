import { script } from "../script.ts";

/**
 * Reads a task.
 *
 * KEYS[1] the task
 * Returns its fields and their values by turns; none when it is unknown.
 */
export const readTask = script("read-task", /* lua */ `return redis.call('HGETALL', KEYS[1])`);
