import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";

export interface AnsweredCall {
  readonly stream_id: string;
  readonly owner: string;
}

export function answerCall(
  db: Database,
  id: string,
  question: string,
  response: string,
  now: number,
  idleMs: number,
): AnsweredCall | undefined {
  return db.transaction(() => {
    const session = useSession(db, id, now, idleMs);
    if (session === undefined) return undefined;
    const taken = db.get<{ call_key: number }>(
      `UPDATE call_questions SET response = ?, taken_at = ?
       WHERE question = ? AND response IS NULL AND call_key IN (SELECT key FROM calls WHERE session_key = ?)
       RETURNING call_key`,
      response,
      now,
      question,
      session,
    );
    if (taken === undefined) return undefined;
    return db.get<AnsweredCall>(
      "UPDATE calls SET answered_at = coalesce(answered_at, ?) WHERE key = ? RETURNING stream_id, owner",
      now,
      taken.call_key,
    );
  });
}
