import { script } from "../script.ts";

/**
 * Looks for the calls that hold responses to these questions.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1...] questions
 * Returns for each question two: the stream and the owner of the call that holds the response; 'open' and nothing when
 * there is none yet; nothing twice when there will be none.
 */
export const findAnswered = script(
  "find-answered",
  /* lua */ `
local held = redis.call('EXISTS', KEYS[1]) == 1
local found = {}
for _, question in ipairs(ARGV) do
  local stream = held and redis.call('HGET', KEYS[2], 'q' .. question)
  if not stream then
    found[#found + 1] = false
    found[#found + 1] = false
  elseif redis.call('HEXISTS', KEYS[2], 'a' .. question) == 1 then
    found[#found + 1] = stream
    found[#found + 1] = redis.call('HGET', KEYS[2], 'o' .. stream)
  else
    found[#found + 1] = 'open'
    found[#found + 1] = false
  end
end
return found`,
);
