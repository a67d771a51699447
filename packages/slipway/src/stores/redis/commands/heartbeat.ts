import { script } from "../script.ts";

/**
 * Lets an instance live on, and tells the others how many messages it has published.
 *
 * KEYS[1] the instance
 * ARGV[1] how long it lives, in milliseconds
 * ARGV[2] the channel
 * ARGV[3] the message
 * Returns 1 when the instance lived, 0 when its time was over.
 */
export const heartbeat = script(
  "heartbeat",
  /* lua */ `
local lived = redis.call('EXISTS', KEYS[1])
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return lived`,
);
