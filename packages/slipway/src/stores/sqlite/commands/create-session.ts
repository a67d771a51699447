import { idInUse, sessionLimit } from "../../sql/errors.ts";
import type { SessionBounds } from "../../sql/options.ts";
import type { Database } from "../database.ts";

export function createSession(
  db: Database,
  id: string,
  meta: string,
  now: number,
  bounds: SessionBounds,
): void {
  db.transaction(() => {
    db.run("DELETE FROM sessions WHERE id = ? AND expires_at <= ?", id, now);
    if (db.get("SELECT 1 FROM sessions WHERE id = ?", id) !== undefined) throw idInUse("session");
    if (bounds.maxSessions !== undefined) {
      const live = db.get<{ count: number }>(
        "SELECT count(*) AS count FROM sessions WHERE expires_at > ?",
        now,
      );
      if ((live?.count ?? 0) >= bounds.maxSessions) throw sessionLimit(bounds);
    }
    const expiresAt = now + bounds.idleMs;
    db.run("INSERT INTO sessions (id, meta, expires_at) VALUES (?, ?, ?)", id, meta, expiresAt);
  });
}
