import { script } from "../script.ts";
import { EACH_TASK } from "./parts.ts";

/**
 * Lists the tasks of a shard that are working: first those without an owner, then those changed least recently. The
 * tasks' names are derived, since the list tells them.
 *
 * KEYS[1] the tasks that are working
 * KEYS[2] what the names of the shard's tasks begin with; they are in one slot with the list
 * ARGV[1] how many to list
 * Returns for each three: id, owner or nothing, and its place in the order.
 */
export const listWorking = script(
  "list-working",
  /* lua */ `${EACH_TASK}
local tasks, most = {}, tonumber(ARGV[1])
local function page(from)
  return redis.call('ZRANGE', KEYS[1], from, from + most - 1, 'WITHSCORES')
end
each_task(KEYS[1], KEYS[2], most, page, function(id, place)
  tasks[#tasks + 1] = id
  tasks[#tasks + 1] = redis.call('HGET', KEYS[2] .. id, 'o')
  tasks[#tasks + 1] = place
end)
return tasks`,
);
