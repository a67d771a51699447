import { script } from "../script.ts";
import { NOW } from "./parts.ts";

/**
 * Counts a session, before it is opened, if there are not too many.
 *
 * KEYS[1] the sessions, by the time when each has expired for certain
 * ARGV[1] the session
 * ARGV[2] how many there may be
 * ARGV[3] for how long it is counted, in milliseconds
 * Returns 1, or 0 when there are too many.
 */
export const admitSession = script(
  "admit-session",
  /* lua */ `${NOW}
local time = now()
if redis.call('ZCOUNT', KEYS[1], time, '+inf') >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], 'NX', time + ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`,
);
