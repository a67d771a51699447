import type { Database } from "../database.ts";

export interface Stream {
  readonly key: number;
  /** The sequence of the oldest event that is held, or of the next one when none is. */
  readonly first: number;
  readonly last: number;
}

/** The log of a stream, open; a new one where there is none. Part of a transaction. */
export function useStream(db: Database, sessionKey: number, streamId: string, maxStreams: number): Stream {
  const held = db.get<Stream>(
    "UPDATE streams SET closed_at = NULL WHERE session_key = ? AND stream_id = ? RETURNING key, first, last",
    sessionKey,
    streamId,
  );
  if (held !== undefined) return held;
  db.run(
    `DELETE FROM streams WHERE key IN (
       SELECT key FROM streams WHERE session_key = ?
       ORDER BY closed_at IS NULL, closed_at, key
       LIMIT max(0, (SELECT count(*) FROM streams WHERE session_key = ?) - ? + 1))`,
    sessionKey,
    sessionKey,
    maxStreams,
  );
  return db.get<Stream>(
    "INSERT INTO streams (session_key, stream_id) VALUES (?, ?) RETURNING key, first, last",
    sessionKey,
    streamId,
  ) as Stream;
}
