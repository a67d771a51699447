import { script } from "../script.ts";
import { QUESTIONS, TOUCH } from "./parts.ts";

/**
 * Replaces a call's journal and its questions. Those that are named again keep their responses.
 *
 * KEYS[1] the session
 * KEYS[2] its calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] the call's stream
 * ARGV[3] its owner
 * ARGV[4] its journal as JSON
 * ARGV[5...] its questions
 * Returns nothing when it is not the owner's, else the questions whose responses were let go.
 */
export const saveCall = script(
  "save-call",
  /* lua */ `${TOUCH}${QUESTIONS}
local session, calls, stream = KEYS[1], KEYS[2], ARGV[2]
if redis.call('EXISTS', session) == 0 then return false end
if redis.call('HGET', calls, 'o' .. stream) ~= ARGV[3] then return false end
local before = questions_of(calls, stream)
local list, named, answered = {}, {}, {}
for index = 5, #ARGV do
  list[#list + 1] = ARGV[index]
  named[ARGV[index]] = true
end
redis.call('HSET', calls, 'j' .. stream, ARGV[4], 'n' .. stream, cmsgpack.pack(list))
for _, question in ipairs(before) do
  if not named[question] then
    redis.call('HDEL', calls, 'q' .. question)
    if redis.call('HDEL', calls, 'a' .. question) == 1 then table.insert(answered, question) end
  end
end
for _, question in ipairs(list) do redis.call('HSET', calls, 'q' .. question, stream) end
redis.call('PEXPIRE', calls, 2 * ARGV[1])
touch(session, tonumber(ARGV[1]))
return answered`,
);
