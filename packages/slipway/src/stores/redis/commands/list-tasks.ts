import { script } from "../script.ts";
import { EACH_TASK } from "./parts.ts";

/**
 * Lists a principal's tasks of a shard, in the order in which they were made, from a place on. The tasks' names are
 * derived, since the list tells them.
 *
 * KEYS[1] the principal's tasks
 * KEYS[2] what the names of the shard's tasks begin with; they are in one slot with the list
 * ARGV[1] the place, with "(" before it when that itself is left out
 * ARGV[2] how many to list
 * Returns for each two: id, and its place in the order.
 */
export const listTasks = script(
  "list-tasks",
  /* lua */ `${EACH_TASK}
local tasks, most = {}, tonumber(ARGV[2])
local function page(from)
  return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', from, most)
end
each_task(KEYS[1], KEYS[2], most, page, function(id, place)
  tasks[#tasks + 1] = id
  tasks[#tasks + 1] = place
end)
return tasks`,
);
