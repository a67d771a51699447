import { script } from "../script.ts";

/**
 * Reads some of the events that follow an entry of a stream's log.
 *
 * KEYS[1] the session
 * KEYS[2] the stream's log
 * ARGV[1] the entry's id
 * ARGV[2] how many at most
 * Returns ids and messages by turns; nothing when the session or the entry is no longer held, since then more may be
 * missing.
 */
export const readEvents = script(
  "read-events",
  /* lua */ `
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local entries = redis.call('XRANGE', KEYS[2], ARGV[1], '+', 'COUNT', ARGV[2] + 1)
if not entries[1] or entries[1][1] ~= ARGV[1] then return false end
local events = {}
for index = 2, #entries do
  local id, fields = entries[index][1], entries[index][2]
  events[#events + 1] = id
  -- The entry with which a log begins has no message.
  events[#events + 1] = fields[1] == 'm' and fields[2]
end
return events`,
);
