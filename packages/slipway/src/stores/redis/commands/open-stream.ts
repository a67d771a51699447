import { script } from "../script.ts";
import { TOUCH, USE_LOG } from "./parts.ts";

/**
 * Begins the log of a stream with an entry that is no event.
 *
 * KEYS[1] the session
 * KEYS[2] the stream's log
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] of how many streams the events are held
 * ARGV[3] the stream
 * Returns the entry's id, or nothing when there is no such session.
 */
export const openStream = script(
  "open-stream",
  /* lua */ `${TOUCH}${USE_LOG}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local id = first and first[2][1] == 'b' and first[1] or redis.call('XADD', KEYS[2], '*', 'b', '')
redis.call('PEXPIRE', KEYS[2], 2 * ARGV[1])
touch(KEYS[1], tonumber(ARGV[1]))
use_log(KEYS[1], ARGV[3], tonumber(ARGV[1]), tonumber(ARGV[2]))
return id`,
);
