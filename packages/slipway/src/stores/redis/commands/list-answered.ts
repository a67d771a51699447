import { script } from "../script.ts";
import { NOW } from "./parts.ts";

/**
 * Lists where responses were taken, those taken first at the beginning.
 *
 * KEYS[1] the list of responses
 * ARGV[1] how long ago they were taken at least, in milliseconds; less than 0 for the future
 * ARGV[2] how many to leave out
 * ARGV[3] how many to list
 * ARGV[4] how long the list lives when nobody uses it, in milliseconds
 */
export const listAnswered = script(
  "list-answered",
  /* lua */ `${NOW}
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local before = string.format('(%.0f', now() - ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'LIMIT', ARGV[2], ARGV[3])`,
);
