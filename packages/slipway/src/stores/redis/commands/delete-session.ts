import { script } from "../script.ts";
import { FORGET } from "./parts.ts";

/**
 * Forgets a session and all that hangs on it.
 *
 * KEYS[1] the session
 * Returns the questions of its calls that have a response.
 */
export const deleteSession = script(
  "delete-session",
  /* lua */ `${FORGET}
if redis.call('UNLINK', KEYS[1]) == 0 then return {} end
return forget(KEYS[1])`,
);
