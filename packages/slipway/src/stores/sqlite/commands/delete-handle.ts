import type { Database } from "../database.ts";

export function deleteHandle(db: Database, id: string): void {
  db.run("DELETE FROM handles WHERE id = ?", id);
}
