import { script } from "../script.ts";

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
  /* lua */ `
local list, gone, skipped = {}, {}, 0
while #list < 2 * ARGV[2] do
  local page = redis.call(
    'ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', skipped, ARGV[2])
  if #page == 0 then break end
  for index = 1, #page, 2 do
    if redis.call('EXISTS', KEYS[2] .. page[index]) == 0 then
      gone[#gone + 1] = page[index]
    elseif #list < 2 * ARGV[2] then
      list[#list + 1] = page[index]
      list[#list + 1] = page[index + 1]
    end
  end
  skipped = skipped + ARGV[2]
end
for _, id in ipairs(gone) do redis.call('ZREM', KEYS[1], id) end
return list`,
);
