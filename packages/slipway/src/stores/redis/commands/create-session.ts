import { script } from "../script.ts";
import { FORGET, NOW } from "./parts.ts";

/**
 * Opens a session, unless its id is in use.
 *
 * KEYS[1] the session
 * ARGV[1] how long it lives when it is not used, in milliseconds
 * ARGV[2] what was settled, as JSON
 * Returns 1, or 0 when the id is in use.
 */
export const createSession = script(
  "create-session",
  /* lua */ `${NOW}${FORGET}
if redis.call('HSETNX', KEYS[1], 'm', ARGV[2]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'r', now() + math.floor(ARGV[1] / 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
-- An expired session that had the id may have left something.
forget(KEYS[1])
return 1`,
);
