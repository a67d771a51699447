import type { SessionBounds } from "../../sql/options.ts";
import type { Database } from "../database.ts";
import { type Appended, addEvent } from "./append-event.ts";
import { findCall } from "./get-call.ts";

export function appendCallEvent(
  db: Database,
  id: string,
  streamId: string,
  owner: string,
  message: string,
  last: boolean,
  now: number,
  bounds: SessionBounds,
): Appended | undefined {
  return db.transaction(() => {
    const call = findCall(db, id, streamId, now, bounds.idleMs);
    if (call?.owner !== owner) return undefined;
    if (last) db.run("DELETE FROM calls WHERE key = ?", call.key);
    return addEvent(db, call.session_key, streamId, message, bounds);
  });
}
