import type { Database } from "../database.ts";

export interface EventRow {
  /** The newest of the stream. */
  readonly last: number;
  readonly sequence: number | null;
  readonly message: string | null;
}

/** The next events after a place in a log, with `null` for none; no row when the log is gone. */
export function readEvents(
  db: Database,
  id: string,
  streamId: string,
  log: number,
  after: number,
  limit: number,
  now: number,
): EventRow[] {
  return db.all<EventRow>(
    `SELECT st.last, e.sequence, e.message
     FROM sessions s JOIN streams st ON st.session_key = s.key
     LEFT JOIN events e ON e.stream_key = st.key AND e.sequence > ?
     WHERE s.id = ? AND s.expires_at > ? AND st.stream_id = ? AND st.key = ?
     ORDER BY e.sequence LIMIT ?`,
    after,
    id,
    now,
    streamId,
    log,
    limit,
  );
}
