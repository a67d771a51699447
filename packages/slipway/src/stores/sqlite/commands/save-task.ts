import type { Database } from "../database.ts";

export function saveTask(db: Database, id: string, owner: string, journal: string, now: number): boolean {
  return (
    db.run(
      "UPDATE tasks SET journal = ?, updated_at = ? WHERE id = ? AND owner = ? AND expires_at > ?",
      journal,
      now,
      id,
      owner,
      now,
    ) === 1
  );
}
