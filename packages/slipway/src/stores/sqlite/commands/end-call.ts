import type { Database } from "../database.ts";
import { findCall } from "./get-call.ts";

export function endCall(
  db: Database,
  id: string,
  streamId: string,
  owner: string,
  now: number,
  idleMs: number,
): boolean {
  return db.transaction(() => {
    const call = findCall(db, id, streamId, now, idleMs);
    if (call?.owner !== owner) return false;
    return db.run("DELETE FROM calls WHERE key = ?", call.key) === 1;
  });
}
