/**
 * Takes tokens of a bucket, or counts requests of a period, all or none. In place of the fixed window of
 * `RateLimiterRedis`, which calls it so. One for both, as the library gives a connection one script.
 *
 * KEYS[1]  whose they are
 * ARGV[1]  how many are taken
 * ARGV[2]  of a period: until it ends, in seconds
 * ARGV[3]  how many there are at most
 * ARGV[4]  of a bucket: how long it takes to fill, in seconds; of a period: 0
 *
 * A bucket is kept as the time at which it is full again, in milliseconds of the server's clock, which all share.
 * Returns how many are taken by now, more than there are where it refuses, and until when that holds, in milliseconds.
 */
export const LIMIT_SCRIPT = `
local count, max, fills = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4]) * 1000
if fills == 0 then
  local used = tonumber(redis.call('GET', KEYS[1]) or '0')
  if used + count > max then
    return {max + 1, math.max(1, redis.call('PTTL', KEYS[1]))}
  end
  redis.call('INCRBY', KEYS[1], count)
  if used == 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
  return {used + count, redis.call('PTTL', KEYS[1])}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0')) + count * fills / max
local wait = full - now - fills
if wait > 0.001 then
  return {max + 1, math.ceil(wait)}
end
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.max(1, math.ceil(full - now)))
return {math.ceil((full - now) * max / fills - 0.001), math.ceil(full - now)}
`;
