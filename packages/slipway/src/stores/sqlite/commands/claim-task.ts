import type { Task } from "../../../ports/index.ts";
import type { Database } from "../database.ts";
import { getTask } from "./get-task.ts";

export function claimTask(
  db: Database,
  id: string,
  expected: string | null,
  owner: string,
  now: number,
): Task | undefined {
  return db.transaction(() => {
    const claimed = db.run(
      `UPDATE tasks SET owner = ?, updated_at = ?
       WHERE id = ? AND expires_at > ? AND status = 'working' AND owner IS ?`,
      owner,
      now,
      id,
      now,
      expected,
    );
    return claimed === 1 ? getTask(db, id, now) : undefined;
  });
}
