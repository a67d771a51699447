// Pieces of Lua that several operations share. The keys that hang on a session are named after it, so they are in its
// slot; where their names are data (one per stream), they are derived from KEYS[1] instead of being listed in KEYS.

/** Milliseconds since 1970, by the clock of Redis. */
export const NOW = /* lua */ `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end`;

/**
 * Lets a session live on. What hangs on it lives twice as long and is seen to twice in its life, so that most uses
 * touch one key. Closed logs have a life of their own. Returns whether it was time to see to them.
 */
export const TOUCH = /* lua */ `${NOW}
local function touch(session, idleMs)
  redis.call('PEXPIRE', session, idleMs)
  local time = now()
  if time < tonumber(redis.call('HGET', session, 'r')) then return false end
  redis.call('HSET', session, 'r', time + math.floor(idleMs / 2))
  for _, name in ipairs({'values', 'calls', 'logs'}) do
    redis.call('PEXPIRE', session .. ':' .. name, 2 * idleMs)
  end
  for _, stream in ipairs(redis.call('ZRANGEBYSCORE', session .. ':logs', 0, '+inf')) do
    redis.call('PEXPIRE', session .. ':log:' .. stream, 2 * idleMs)
  end
  return true
end`;

/** Forgets all that hangs on a session, and returns the questions that have a response. */
export const FORGET = /* lua */ `
local function forget(session)
  local answered = {}
  for _, field in ipairs(redis.call('HKEYS', session .. ':calls')) do
    if string.sub(field, 1, 1) == 'a' then table.insert(answered, string.sub(field, 2)) end
  end
  for _, stream in ipairs(redis.call('ZRANGE', session .. ':logs', 0, -1)) do
    redis.call('UNLINK', session .. ':log:' .. stream)
  end
  redis.call('UNLINK', session .. ':values', session .. ':calls', session .. ':logs')
  return answered
end`;

/**
 * The score of a stream in a session's list of logs: when it was used last, or, before all of these, when it was closed.
 * The same for tasks: when they were changed last, those without an owner before all others.
 */
export const FIRST = /* lua */ `
local FIRST = -1e15`;

/** Makes a log the one used last, and drops the log closed first, or used least recently, of one too many. */
export const USE_LOG = /* lua */ `${FIRST}
local function use_log(session, stream, idleMs, maxStreams)
  local logs = session .. ':logs'
  redis.call('ZADD', logs, now(), stream)
  redis.call('PEXPIRE', logs, 2 * idleMs)
  if redis.call('ZCARD', logs) <= maxStreams then return end
  local dropped = redis.call('ZPOPMIN', logs)[1]
  redis.call('UNLINK', session .. ':log:' .. dropped)
end`;

/**
 * A session's calls are one hash. Of a call: r<stream> its request, o<stream> its owner, j<stream> its journal,
 * n<stream> the list of its questions, k<stream> the mark of the claim by which its owner got it. Of a question:
 * q<question> the stream of its call, a<question> the response once there is one. '#' is the number of calls.
 */
export const QUESTIONS = /* lua */ `
local function questions_of(calls, stream)
  local list = redis.call('HGET', calls, 'n' .. stream)
  return list and cmsgpack.unpack(list) or {}
end`;

/** A call as a list: request, owner, journal or false, and each question with its response or false. */
export const READ_CALL = /* lua */ `${QUESTIONS}
local function read_call(calls, stream)
  local call = redis.call('HMGET', calls, 'r' .. stream, 'o' .. stream, 'j' .. stream)
  if not call[1] then return false end
  for _, question in ipairs(questions_of(calls, stream)) do
    call[#call + 1] = question
    call[#call + 1] = redis.call('HGET', calls, 'a' .. question)
  end
  return call
end`;

/** Forgets a call, and adds its questions that have a response to a list. */
export const END_CALL = /* lua */ `${QUESTIONS}
local function end_call(calls, stream, answered)
  for _, question in ipairs(questions_of(calls, stream)) do
    redis.call('HDEL', calls, 'q' .. question)
    if redis.call('HDEL', calls, 'a' .. question) == 1 then table.insert(answered, question) end
  end
  redis.call('HDEL', calls, 'r' .. stream, 'o' .. stream, 'j' .. stream, 'n' .. stream, 'k' .. stream)
  redis.call('HINCRBY', calls, '#', -1)
end`;

/**
 * A task is a hash: p principal, t tenant, c call, l its life, s status, m message, + when it was made, u when it was
 * changed, o owner, k the mark of the claim by which its owner got it, j journal, e end; q<key> an open question, a<key>
 * an answer, # how many questions are open. The list of those that are working is changed in the same step.
 */
export const TASK = /* lua */ `${NOW}${FIRST}
local function changed(task, working, id)
  local time = math.max(now(), tonumber(redis.call('HGET', task, 'u')) + 1)
  redis.call('HSET', task, 'u', time)
  if redis.call('HGET', task, 's') ~= 'working' then
    redis.call('ZREM', working, id)
  elseif redis.call('HEXISTS', task, 'o') == 1 then
    redis.call('ZADD', working, time, id)
  else
    redis.call('ZADD', working, FIRST + time, id)
  end
end
local function owns(task, owner)
  return redis.call('HGET', task, 'o') == owner
end
local function drop_questions(task, kinds)
  for _, field in ipairs(redis.call('HKEYS', task)) do
    local kind = string.sub(field, 1, 1)
    if kinds[kind] then redis.call('HDEL', task, field) end
  end
  redis.call('HDEL', task, '#')
end`;

/**
 * Goes through a list of tasks page by page until `most` are found, and takes those from it that are gone. `page(from)`
 * reads the ids, each with its place in the order, from an index on; `add` is given both for every task that is there.
 */
export const EACH_TASK = /* lua */ `
local function each_task(list, names, most, page, add)
  local found, gone, from = 0, {}, 0
  while found < most do
    local ids = page(from)
    if #ids == 0 then break end
    for index = 1, #ids, 2 do
      if redis.call('EXISTS', names .. ids[index]) == 0 then
        gone[#gone + 1] = ids[index]
      elseif found < most then
        found = found + 1
        add(ids[index], ids[index + 1])
      end
    end
    from = from + most
  end
  for _, id in ipairs(gone) do redis.call('ZREM', list, id) end
end`;
