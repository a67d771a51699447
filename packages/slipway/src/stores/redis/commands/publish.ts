import { script } from "../script.ts";

/**
 * Tells all that listen. In a Cluster the key sends every message by way of one node, so that they keep their order.
 *
 * KEYS[1] where to
 * ARGV[1] the channel
 * ARGV[2] the message
 */
export const publish = script("publish", /* lua */ `redis.call('PUBLISH', ARGV[1], ARGV[2])`);
