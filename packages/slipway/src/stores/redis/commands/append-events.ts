import { script } from "../script.ts";
import { END_CALL, TOUCH, USE_LOG } from "./parts.ts";

/**
 * Appends messages to the log of one stream, in order; those of a call only while it is its owner's. The last one of a
 * call ends it.
 *
 * KEYS[1] the session
 * KEYS[2] the stream's log
 * KEYS[3] the session's calls
 * ARGV[1] how long the session lives when it is not used, in milliseconds
 * ARGV[2] how many events of a stream are held, ARGV[3] how many bytes, ARGV[4] of how many streams
 * ARGV[5] the stream
 * ARGV[6...] for each message five: 'event', 'call' for one of a call, or 'last'; the owner; the message's mark;
 *   'again' when it may have been appended before; the message as JSON
 * Returns two lists: the ids of the entries, each false when nothing was appended; the questions of ended calls that
 * had a response.
 */
export const appendEvents = script(
  "append-events",
  /* lua */ `${TOUCH}${USE_LOG}${END_CALL}
local session, log, calls = KEYS[1], KEYS[2], KEYS[3]
local idleMs, maxEvents, maxBytes, maxStreams = unpack(ARGV, 1, 4)
local stream = ARGV[5]
local ids, answered = {}, {}
local bytes = 0

local function appended_as(mark)
  for _, entry in ipairs(redis.call('XREVRANGE', log, '+', '-')) do
    if entry[2][4] == mark then return entry[1] end
  end
end

local function may_append(kind, owner)
  return kind == 'event' or redis.call('HGET', calls, 'o' .. stream) == owner
end

if redis.call('EXISTS', session) == 0 then
  for _ = 6, #ARGV, 5 do ids[#ids + 1] = false end
  return {ids, answered}
end
for index = 6, #ARGV, 5 do
  local kind, owner, mark, again, message = unpack(ARGV, index, index + 4)
  local id = again == 'again' and appended_as(mark)
  if not id and may_append(kind, owner) then
    id = redis.call('XADD', log, 'MAXLEN', '~', maxEvents, '*', 'm', message, 'k', mark)
    bytes = bytes + #message
    if kind == 'last' then end_call(calls, stream, answered) end
  end
  ids[#ids + 1] = id or false
end
-- After what takes memory: Redis refuses that, when it has none left, only before a script has changed anything.
touch(session, tonumber(idleMs))
if bytes > 0 then
  use_log(session, stream, tonumber(idleMs), tonumber(maxStreams))
  redis.call('PEXPIRE', log, 2 * idleMs)
  -- What a few small messages add is found with the next large one.
  local held = redis.call('XLEN', log)
  while bytes > 4096 and held > 0 and redis.call('MEMORY', 'USAGE', log) > tonumber(maxBytes) do
    held = math.floor(held / 2)
    redis.call('XTRIM', log, 'MAXLEN', held)
  end
end
return {ids, answered}`,
);
