import type { Command } from "./command.ts";

/** $1 the time before which the first response was taken, $2 calls at most. */
export const answeredCalls: Command = {
  name: "answered_calls",
  call: `SELECT s.id, c.stream_id, c.owner FROM schema.calls c JOIN schema.sessions s ON s.key = c.session_key
    WHERE c.answered_at < $1 AND s.expires_at > schema.now_ms() ORDER BY c.answered_at, c.key LIMIT $2`,
};
