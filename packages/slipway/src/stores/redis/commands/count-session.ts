import { script } from "../script.ts";
import { NOW } from "./parts.ts";

/**
 * Goes on counting a session.
 *
 * KEYS[1] the sessions, by the time when each has expired for certain
 * ARGV[1] the session
 * ARGV[2] for how long it is counted, in milliseconds
 */
export const countSession = script(
  "count-session",
  /* lua */ `${NOW}
redis.call('ZADD', KEYS[1], 'XX', now() + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
);
