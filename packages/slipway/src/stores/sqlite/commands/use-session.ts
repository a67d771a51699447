import type { Database } from "../database.ts";

/** A life is extended only after this part of it, so that most uses of a session write nothing. */
const SLACK = 0.02;

/** What is read of a session to extend its life. */
export interface Life {
  readonly key: number;
  readonly expires_at: number;
}

/** The key of a session that has not expired, its life extended; `undefined` when there is none. */
export function useSession(db: Database, id: string, now: number, idleMs: number): number | undefined {
  const session = db.get<Life>(
    "SELECT key, expires_at FROM sessions WHERE id = ? AND expires_at > ?",
    id,
    now,
  );
  if (session !== undefined) extend(db, session, now, idleMs);
  return session?.key;
}

export function extend(db: Database, { key, expires_at }: Life, now: number, idleMs: number): void {
  if (expires_at >= now + idleMs) return;
  const expiresAt = now + Math.ceil(idleMs * (1 + SLACK));
  db.run("UPDATE sessions SET expires_at = ? WHERE key = ?", expiresAt, key);
}
