import type { Database } from "../database.ts";

export function closeStream(db: Database, id: string, streamId: string, now: number): void {
  db.run(
    `UPDATE streams SET closed_at = ? WHERE stream_id = ? AND closed_at IS NULL
       AND session_key = (SELECT key FROM sessions WHERE id = ? AND expires_at > ?)`,
    now,
    streamId,
    id,
    now,
  );
}
