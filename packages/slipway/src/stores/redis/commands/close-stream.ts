import { script } from "../script.ts";
import { FIRST, NOW } from "./parts.ts";

/**
 * Lets go of a stream's log after a while; it is the first to go when room is needed. An append opens it again.
 *
 * KEYS[1] the session
 * KEYS[2] the stream's log
 * KEYS[3] the session's list of logs
 * ARGV[1] how long the log is held, in milliseconds
 * ARGV[2] the stream
 */
export const closeStream = script(
  "close-stream",
  /* lua */ `${NOW}${FIRST}
if redis.call('EXISTS', KEYS[1]) == 0 then return end
if not redis.call('ZSCORE', KEYS[3], ARGV[2]) then return end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], FIRST + now(), ARGV[2])
-- Those that have gone since.
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', FIRST + now() - ARGV[1])`,
);
