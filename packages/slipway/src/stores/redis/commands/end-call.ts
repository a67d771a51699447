import { script } from "../script.ts";
import { END_CALL, TOUCH } from "./parts.ts";

/**
 * Ends a call without an event.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] the call's stream
 * ARGV[3] its owner
 * Returns nothing when it is not the owner's, else its questions that had a response.
 */
export const endCall = script(
  "end-call",
  /* lua */ `${TOUCH}${END_CALL}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
touch(KEYS[1], tonumber(ARGV[1]))
if redis.call('HGET', KEYS[2], 'o' .. ARGV[2]) ~= ARGV[3] then return false end
local answered = {}
end_call(KEYS[2], ARGV[2], answered)
return answered`,
);
