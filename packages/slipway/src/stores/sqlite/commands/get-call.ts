import type { KeptCall } from "../../../ports/index.ts";
import { type CallRow, keptCall, type QuestionRow } from "../../sql/rows.ts";
import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";

export function getCall(
  db: Database,
  id: string,
  streamId: string,
  now: number,
  idleMs: number,
): KeptCall | undefined {
  return db.transaction(() => {
    const call = findCall(db, id, streamId, now, idleMs);
    if (call === undefined) return undefined;
    const questions = db.all<QuestionRow>(
      "SELECT question, response FROM call_questions WHERE call_key = ? ORDER BY taken_at",
      call.key,
    );
    return keptCall(call, questions);
  });
}

/** The call of a stream. Part of a transaction. */
export function findCall(
  db: Database,
  id: string,
  streamId: string,
  now: number,
  idleMs: number,
): (CallRow & { readonly key: number; readonly session_key: number }) | undefined {
  const session = useSession(db, id, now, idleMs);
  if (session === undefined) return undefined;
  return db.get(
    "SELECT key, session_key, request, owner, journal FROM calls WHERE session_key = ? AND stream_id = ?",
    session,
    streamId,
  );
}
