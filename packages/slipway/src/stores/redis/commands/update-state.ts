import { script } from "../script.ts";
import { TOUCH } from "./parts.ts";

/**
 * Changes a session's state.
 *
 * KEYS[1] the session
 * ARGV[1] how long it lives when it is not used, in milliseconds
 * ARGV[2...] by turns what to do and with what: 'level' and a log level, 'subscribe' and a URI, 'unsubscribe' and a URI
 */
export const updateState = script(
  "update-state",
  /* lua */ `${TOUCH}
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for index = 2, #ARGV, 2 do
  local change, with = ARGV[index], ARGV[index + 1]
  if change == 'level' then redis.call('HSET', KEYS[1], 'l', with)
  elseif change == 'subscribe' then redis.call('HSET', KEYS[1], 'u' .. with, '')
  else redis.call('HDEL', KEYS[1], 'u' .. with) end
end
touch(KEYS[1], tonumber(ARGV[1]))`,
);
