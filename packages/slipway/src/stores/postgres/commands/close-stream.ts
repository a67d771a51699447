import type { Command } from "./command.ts";

/** $1 session, $2 stream. */
export const closeStream: Command = {
  name: "close_stream",
  call: `UPDATE schema.streams t SET closed_at = schema.now_ms() FROM schema.sessions s
    WHERE s.id = $1 AND t.session_key = s.key AND t.stream_id = $2 AND t.closed_at IS NULL`,
};
