import { script } from "../script.ts";

/**
 * Replaces a handle's value, if its version is still the one that is expected.
 *
 * KEYS[1] the handle
 * ARGV[1] the version that is expected
 * ARGV[2] the value as JSON
 * ARGV[3] how long it lives from now, in milliseconds
 * Returns 1, or 0.
 */
export const writeHandle = script(
  "write-handle",
  /* lua */ `
local before = redis.call('GET', KEYS[1])
local version = before and string.match(before, '^%d+')
if version ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f:', version + 1) .. ARGV[2], 'PX', ARGV[3])
return 1`,
);
