import type { Database } from "../database.ts";

export function deleteSession(db: Database, id: string): void {
  db.run("DELETE FROM sessions WHERE id = ?", id);
}
