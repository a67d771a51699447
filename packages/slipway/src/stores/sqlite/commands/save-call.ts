import type { Database } from "../database.ts";
import { findCall } from "./get-call.ts";

export function saveCall(
  db: Database,
  id: string,
  streamId: string,
  owner: string,
  journal: string,
  questions: readonly string[],
  now: number,
  idleMs: number,
): boolean {
  return db.transaction(() => {
    const call = findCall(db, id, streamId, now, idleMs);
    if (call?.owner !== owner) return false;
    const names = JSON.stringify(questions);
    db.run(
      "DELETE FROM call_questions WHERE call_key = ? AND question NOT IN (SELECT value FROM json_each(?))",
      call.key,
      names,
    );
    for (const question of questions) {
      db.run(
        "INSERT INTO call_questions (call_key, question) VALUES (?, ?) ON CONFLICT DO NOTHING",
        call.key,
        question,
      );
    }
    db.run(
      `UPDATE calls SET journal = ?,
         answered_at = (SELECT min(taken_at) FROM call_questions WHERE call_key = calls.key)
       WHERE key = ?`,
      journal,
      call.key,
    );
    return true;
  });
}
