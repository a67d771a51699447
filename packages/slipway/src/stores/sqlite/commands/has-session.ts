import type { Database } from "../database.ts";

export function hasSession(db: Database, id: string, now: number): boolean {
  return db.get("SELECT 1 FROM sessions WHERE id = ? AND expires_at > ?", id, now) !== undefined;
}
