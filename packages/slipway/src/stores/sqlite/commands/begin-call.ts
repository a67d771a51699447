import { callLimit } from "../../sql/errors.ts";
import type { SessionBounds } from "../../sql/options.ts";
import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";

export function beginCall(
  db: Database,
  id: string,
  streamId: string,
  request: string,
  owner: string,
  now: number,
  bounds: SessionBounds,
): void {
  db.transaction(() => {
    const session = useSession(db, id, now, bounds.idleMs);
    if (session === undefined) return;
    const calls = db.get<{ count: number }>(
      "SELECT count(*) AS count FROM calls WHERE session_key = ? AND stream_id <> ?",
      session,
      streamId,
    );
    if ((calls?.count ?? 0) >= bounds.maxCalls) throw callLimit(bounds);
    db.run(
      "INSERT OR IGNORE INTO calls (session_key, stream_id, request, owner) VALUES (?, ?, ?, ?)",
      session,
      streamId,
      request,
      owner,
    );
  });
}
