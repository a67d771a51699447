import { script } from "../script.ts";

/**
 * Lists the tasks of a shard that are working: first those without an owner, then those changed least recently. The
 * tasks' names are derived, since the list tells them.
 *
 * KEYS[1] the tasks that are working
 * ARGV[1] what the names of the shard's tasks begin with; they are in one slot with the list
 * ARGV[2] how many to list
 * Returns for each three: id, owner or nothing, and its place in the order.
 */
export const listWorking = script(
  "list-working",
  /* lua */ `
local list, gone, from = {}, {}, 0
while #list < 3 * ARGV[2] do
  local page = redis.call('ZRANGE', KEYS[1], from, from + ARGV[2] - 1, 'WITHSCORES')
  if #page == 0 then break end
  for index = 1, #page, 2 do
    local task = ARGV[1] .. page[index]
    if redis.call('EXISTS', task) == 0 then
      gone[#gone + 1] = page[index]
    elseif #list < 3 * ARGV[2] then
      list[#list + 1] = page[index]
      list[#list + 1] = redis.call('HGET', task, 'o')
      list[#list + 1] = page[index + 1]
    end
  end
  from = from + ARGV[2]
end
for _, id in ipairs(gone) do redis.call('ZREM', KEYS[1], id) end
return list`,
);
