import { script } from "../script.ts";

/**
 * Lets a question wait on, also where it was lost, or gives its answer. Of several that wait for it, the one that began
 * last gets it.
 *
 * KEYS[1] the question, see answer-wait
 * ARGV[1] '<channel> <number>' of the one that waits
 * ARGV[2] how long it waits when nobody sees to it, in milliseconds
 * ARGV[3] 'begin' when it begins to wait
 * Returns 'a' and the response, or 'r' and the reason of a refusal, if there is one.
 */
export const keepWait = script(
  "keep-wait",
  /* lua */ `
local wait = redis.call('GET', KEYS[1]) or 'w' .. ARGV[1]
local kind, waiter, answer = string.match(wait, '^(.)([^\\n]*)\\n?(.*)$')
if waiter ~= ARGV[1] and ARGV[3] ~= 'begin' then return false end
if kind ~= 'w' then return kind .. answer end
redis.call('SET', KEYS[1], 'w' .. ARGV[1], 'PX', ARGV[2])
return false`,
);
