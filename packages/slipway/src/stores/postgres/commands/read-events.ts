import type { Command } from "./command.ts";

/**
 * $1 session, $2 stream, $3 log, $4 the sequence before, $5 events at most. One row with NULL for no event; no row when
 * the log is gone.
 */
export const readEvents: Command = {
  name: "read_events",
  call: `SELECT t.last::float8 AS last, e.sequence::float8 AS sequence, e.message
    FROM schema.sessions s JOIN schema.streams t ON t.session_key = s.key
    LEFT JOIN LATERAL (
      SELECT sequence, message FROM schema.events
      WHERE stream_key = t.key AND sequence > $4::bigint ORDER BY sequence LIMIT $5::bigint) e ON true
    WHERE s.id = $1 AND s.expires_at > schema.now_ms() AND t.stream_id = $2 AND t.key = $3::bigint
    ORDER BY e.sequence`,
};
