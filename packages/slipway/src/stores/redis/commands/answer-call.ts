import { script } from "../script.ts";

/**
 * Takes the response to an open question.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] the question
 * ARGV[2] the response as JSON
 * Returns the stream and the owner of the call, or nothing when the question is not open.
 */
export const answerCall = script(
  "answer-call",
  /* lua */ `
local calls, question = KEYS[2], ARGV[1]
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local stream = redis.call('HGET', calls, 'q' .. question)
if not stream or redis.call('HSETNX', calls, 'a' .. question, ARGV[2]) == 0 then return false end
return {stream, redis.call('HGET', calls, 'o' .. stream)}`,
);
