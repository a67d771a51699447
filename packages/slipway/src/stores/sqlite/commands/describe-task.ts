import type { Database } from "../database.ts";

export function describeTask(db: Database, id: string, owner: string, message: string, now: number): boolean {
  return (
    db.run(
      "UPDATE tasks SET status_message = ?, updated_at = ? WHERE id = ? AND owner = ? AND expires_at > ?",
      message,
      now,
      id,
      owner,
      now,
    ) === 1
  );
}
