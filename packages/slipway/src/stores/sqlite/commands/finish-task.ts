import type { Database } from "../database.ts";

export function finishTask(
  db: Database,
  id: string,
  owner: string,
  status: "completed" | "failed",
  end: string,
  now: number,
): boolean {
  return (
    db.run(
      `UPDATE tasks SET status = ?, ending = ?, owner = NULL, updated_at = ?
       WHERE id = ? AND owner = ? AND expires_at > ?`,
      status,
      end,
      now,
      id,
      owner,
      now,
    ) === 1
  );
}
