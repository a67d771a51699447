import type { Database } from "../database.ts";

export interface AnsweredCallRow {
  readonly id: string;
  readonly stream_id: string;
  readonly owner: string;
  readonly answered_at: number;
}

export function answeredCalls(db: Database, before: number, limit: number, now: number): AnsweredCallRow[] {
  return db.all<AnsweredCallRow>(
    `SELECT s.id, c.stream_id, c.owner, c.answered_at FROM calls c JOIN sessions s ON s.key = c.session_key
     WHERE c.answered_at < ? AND s.expires_at > ? ORDER BY c.answered_at, c.key LIMIT ?`,
    before,
    now,
    limit,
  );
}
