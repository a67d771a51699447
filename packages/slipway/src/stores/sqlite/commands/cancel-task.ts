import type { Task } from "../../../ports/index.ts";
import type { Database } from "../database.ts";
import { getTask } from "./get-task.ts";

export function cancelTask(db: Database, id: string, now: number): Task | undefined {
  return db.transaction(() => {
    db.run(
      `UPDATE tasks SET status = 'cancelled', owner = NULL, updated_at = ?
       WHERE id = ? AND expires_at > ? AND status IN ('working', 'input_required')`,
      now,
      id,
      now,
    );
    return getTask(db, id, now);
  });
}
