import type { KeptCall } from "../../../ports/index.ts";
import type { Database } from "../database.ts";
import { findCall, getCall } from "./get-call.ts";

export function claimCall(
  db: Database,
  id: string,
  streamId: string,
  expected: string,
  owner: string,
  now: number,
  idleMs: number,
): KeptCall | undefined {
  return db.transaction(() => {
    const call = findCall(db, id, streamId, now, idleMs);
    if (call?.owner !== expected) return undefined;
    db.run("UPDATE calls SET owner = ? WHERE key = ?", owner, call.key);
    return getCall(db, id, streamId, now, idleMs);
  });
}
