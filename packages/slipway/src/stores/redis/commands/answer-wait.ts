import { script } from "../script.ts";

/**
 * Ends a wait with an answer, which is kept for the one that waits, and tells it.
 *
 * KEYS[1] the question: 'w<channel> <number>' while somebody waits for it
 * ARGV[1] 'a' and the response, or 'r' and the reason of a refusal, as JSON
 * ARGV[2] how long the answer is kept, in milliseconds
 * Returns 1, or 0 when nobody waits.
 */
export const answerWait = script(
  "answer-wait",
  /* lua */ `
local wait = redis.call('GET', KEYS[1])
if not wait or string.sub(wait, 1, 1) ~= 'w' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local channel, number = string.match(wait, '^w(.*) (%d+)$')
redis.call('PUBLISH', channel, number)
return 1`,
);
