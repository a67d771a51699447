import { script } from "../script.ts";
import { TOUCH } from "./parts.ts";

/**
 * Reads a value that handlers keep in a session.
 *
 * KEYS[1] the session
 * KEYS[2] its values
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] the field
 * Returns '<version>:<JSON>', or nothing.
 */
export const readValue = script(
  "read-value",
  /* lua */ `${TOUCH}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
touch(KEYS[1], tonumber(ARGV[1]))
return redis.call('HGET', KEYS[2], ARGV[2])`,
);
