import { script } from "../script.ts";
import { TOUCH } from "./parts.ts";

/**
 * Replaces a value that handlers keep in a session, if its version is still the one that is expected.
 *
 * KEYS[1] the session
 * KEYS[2] its values; beside them '+' is the greatest version given so far, '#' the bytes of fields and values
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] how many bytes the values may take
 * ARGV[3] the field
 * ARGV[4] the version that is expected; 0 for none
 * ARGV[5] the value as JSON; left out to delete it
 * Returns 1 when it was replaced, 0 when not, and less when there is no room: minus the bytes there would be.
 */
export const writeValue = script(
  "write-value",
  /* lua */ `${TOUCH}
local session, values, field, value = KEYS[1], KEYS[2], ARGV[3], ARGV[5]
if redis.call('EXISTS', session) == 0 then return 0 end
local before = redis.call('HGET', values, field)
local version = before and string.match(before, '^%d+') or '0'
if version ~= ARGV[4] then return 0 end
local freed = before and #field + #before - #version - 1 or 0
if not value then
  if before then
    redis.call('HDEL', values, field)
    redis.call('HINCRBY', values, '#', -freed)
  end
  return 1
end
local added = #field + #value - freed
local bytes = (tonumber(redis.call('HGET', values, '#')) or 0) + added
if bytes > tonumber(ARGV[2]) then return -bytes end
local next = redis.call('HINCRBY', values, '+', 1)
redis.call('HSET', values, field, string.format('%d:', next) .. value)
redis.call('HINCRBY', values, '#', added)
redis.call('PEXPIRE', values, 2 * ARGV[1])
touch(session, tonumber(ARGV[1]))
return 1`,
);
