import type { Task } from "../../../ports/index.ts";
import type { Database } from "../database.ts";
import { getTask } from "./get-task.ts";

/** At most `limit` tasks of a principal, the oldest first, from the one after `after` on. */
export function listTasks(
  db: Database,
  principal: string,
  after: string | null,
  limit: number,
  now: number,
): Task[] {
  return db.transaction(() =>
    db
      .all<{ readonly id: string }>(
        `SELECT id FROM tasks WHERE principal = ? AND expires_at > ?
           AND key > coalesce((SELECT key FROM tasks WHERE id = ?), 0)
         ORDER BY key LIMIT ?`,
        principal,
        now,
        after,
        limit,
      )
      .map(({ id }) => getTask(db, id, now))
      .filter((task) => task !== undefined),
  );
}
