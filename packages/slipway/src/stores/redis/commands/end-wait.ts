import { script } from "../script.ts";

/**
 * Ends a wait, unless somebody else waits for the question now.
 *
 * KEYS[1] the question, see answer-wait
 * ARGV[1] '<channel> <number>' of the one that waited
 * Returns 'a' and the response, or 'r' and the reason of a refusal, if there is one.
 */
export const endWait = script(
  "end-wait",
  /* lua */ `
local wait = redis.call('GET', KEYS[1])
if not wait then return false end
local kind, waiter, answer = string.match(wait, '^(.)([^\\n]*)\\n?(.*)$')
if waiter ~= ARGV[1] then return false end
redis.call('DEL', KEYS[1])
return kind ~= 'w' and kind .. answer`,
);
