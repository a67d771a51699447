import { script } from "../script.ts";
import { TOUCH } from "./parts.ts";

/**
 * Reads a session and lets it live on.
 *
 * KEYS[1] the session
 * ARGV[1] how long it lives when it is not used, in milliseconds
 * Returns its fields and their values by turns, or nothing: m what was settled, l the log level, u<uri> a subscription;
 *   and a field ! twice in the session's life.
 */
export const getSession = script(
  "get-session",
  /* lua */ `${TOUCH}
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then return false end
if touch(KEYS[1], tonumber(ARGV[1])) then
  fields[#fields + 1] = '!'
  fields[#fields + 1] = ''
end
return fields`,
);
