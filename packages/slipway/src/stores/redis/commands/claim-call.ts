import { script } from "../script.ts";
import { READ_CALL, TOUCH } from "./parts.ts";

/**
 * Gives a call to another owner, if its owner is still the one that is expected.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] the call's stream
 * ARGV[3] the owner that is expected
 * ARGV[4] the new owner
 * ARGV[5] the mark of this claim
 * Returns the call as read-call does; nothing when it is not that owner's, or has ended.
 */
export const claimCall = script(
  "claim-call",
  /* lua */ `${TOUCH}${READ_CALL}
local calls, stream = KEYS[2], ARGV[2]
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
touch(KEYS[1], tonumber(ARGV[1]))
if redis.call('HGET', calls, 'o' .. stream) ~= ARGV[3] then return false end
redis.call('HSET', calls, 'o' .. stream, ARGV[4], 'k' .. stream, ARGV[5])
return read_call(calls, stream)`,
);
