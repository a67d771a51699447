import { script } from "../script.ts";
import { TOUCH } from "./parts.ts";

/**
 * Whether a question is open.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] the question
 * Returns 1 or 0.
 */
export const hasQuestion = script(
  "has-question",
  /* lua */ `${TOUCH}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
touch(KEYS[1], tonumber(ARGV[1]))
return redis.call('HEXISTS', KEYS[2], 'q' .. ARGV[2]) - redis.call('HEXISTS', KEYS[2], 'a' .. ARGV[2])`,
);
