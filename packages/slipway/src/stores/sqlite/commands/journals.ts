import type { Database } from "../database.ts";

export function putJournal(db: Database, id: string, sealed: string, expiresAt: number): void {
  db.run("INSERT INTO journals (id, sealed, expires_at) VALUES (?, ?, ?)", id, sealed, expiresAt);
}

export function getJournal(db: Database, id: string, now: number): { readonly sealed: string } | undefined {
  return db.get("SELECT sealed FROM journals WHERE id = ? AND expires_at > ?", id, now);
}
