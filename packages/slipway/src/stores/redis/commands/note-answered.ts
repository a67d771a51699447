import { script } from "../script.ts";
import { NOW } from "./parts.ts";

/**
 * Notes, before a response is taken, where it will be found. It may be in another slot than its session.
 *
 * KEYS[1] the list of responses
 * ARGV[1] the session and the question
 * ARGV[2] how long the list lives when nobody uses it, in milliseconds
 */
export const noteAnswered = script(
  "note-answered",
  /* lua */ `${NOW}
redis.call('ZADD', KEYS[1], 'NX', now(), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
);
