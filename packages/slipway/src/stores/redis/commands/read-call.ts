import { script } from "../script.ts";
import { READ_CALL, TOUCH } from "./parts.ts";

/**
 * Reads a call.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] the call's stream
 * Returns the call as a list: request, owner, journal or nothing, then each question and its response or nothing.
 */
export const readCall = script(
  "read-call",
  /* lua */ `${TOUCH}${READ_CALL}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
touch(KEYS[1], tonumber(ARGV[1]))
return read_call(KEYS[2], ARGV[2])`,
);
