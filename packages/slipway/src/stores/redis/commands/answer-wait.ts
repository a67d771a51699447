import { script } from "../script.ts";

/**
 * Ends a wait with an answer, which is kept for the one that waits, and tells it.
 *
 * KEYS[1] the question: 'w<channel> <number>' while somebody waits for it, then 'a' or 'r', the same, a line's end, and
 *   the answer
 * ARGV[1] 'a' for a response, 'r' for the reason of a refusal
 * ARGV[2] the response or the reason as JSON
 * ARGV[3] how long the answer is kept, in milliseconds
 * Returns 1, or 0 when nobody waits.
 */
export const answerWait = script(
  "answer-wait",
  /* lua */ `
local wait = redis.call('GET', KEYS[1])
if not wait or string.sub(wait, 1, 1) ~= 'w' then return 0 end
local waiter = string.sub(wait, 2)
redis.call('SET', KEYS[1], ARGV[1] .. waiter .. '\\n' .. ARGV[2], 'PX', ARGV[3])
redis.call('PUBLISH', string.match(waiter, '^(.*) (%d+)$'))
return 1`,
);
