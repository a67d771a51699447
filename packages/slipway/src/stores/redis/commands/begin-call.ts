import { script } from "../script.ts";
import { TOUCH } from "./parts.ts";

/**
 * Keeps a call, unless it is kept already.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] how many calls a session may have
 * ARGV[3] the call's stream
 * ARGV[4] its owner
 * ARGV[5] its request as JSON
 * Returns 1, or 0 when the session has too many calls.
 */
export const beginCall = script(
  "begin-call",
  /* lua */ `${TOUCH}
local session, calls, stream = KEYS[1], KEYS[2], ARGV[3]
if redis.call('EXISTS', session) == 0 then return 1 end
if redis.call('HEXISTS', calls, 'r' .. stream) == 1 then return 1 end
if (tonumber(redis.call('HGET', calls, '#')) or 0) >= tonumber(ARGV[2]) then return 0 end
redis.call('HINCRBY', calls, '#', 1)
redis.call('HSET', calls, 'r' .. stream, ARGV[5], 'o' .. stream, ARGV[4])
redis.call('PEXPIRE', calls, 2 * ARGV[1])
touch(session, tonumber(ARGV[1]))
return 1`,
);
