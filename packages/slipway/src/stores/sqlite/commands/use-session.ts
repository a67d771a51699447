import type { Database } from "../database.ts";

/** A life is extended only after this part of it, so that most uses of a session write nothing. */
const SLACK = 0.02;

/** The key of a session that has not expired, its life extended; `undefined` when there is none. */
export function useSession(db: Database, id: string, now: number, idleMs: number): number | undefined {
  const session = db.get<{ key: number; expires_at: number }>(
    "SELECT key, expires_at FROM sessions WHERE id = ? AND expires_at > ?",
    id,
    now,
  );
  if (session === undefined) return undefined;
  if (session.expires_at < now + idleMs) {
    const expiresAt = now + Math.ceil(idleMs * (1 + SLACK));
    db.run("UPDATE sessions SET expires_at = ? WHERE key = ?", expiresAt, session.key);
  }
  return session.key;
}
