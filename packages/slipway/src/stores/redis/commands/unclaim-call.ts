import { script } from "../script.ts";

/**
 * Takes back a claim of which nobody knows whether it succeeded.
 *
 * KEYS[1] the session's calls
 * ARGV[1] the call's stream
 * ARGV[2] the owner before
 * ARGV[3] the mark of the claim
 */
export const unclaimCall = script(
  "unclaim-call",
  /* lua */ `
if redis.call('HGET', KEYS[1], 'k' .. ARGV[1]) ~= ARGV[3] then return end
redis.call('HSET', KEYS[1], 'o' .. ARGV[1], ARGV[2])
redis.call('HDEL', KEYS[1], 'k' .. ARGV[1])`,
);
