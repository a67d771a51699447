import type { Task } from "../../../ports/index.ts";
import { type TaskQuestionRow, type TaskRow, taskOf } from "../../sql/rows.ts";
import type { Database } from "../database.ts";

export type FoundTask = TaskRow & { readonly key: number };

/** The task, unless its time is over. */
export function findTask(db: Database, id: string, now: number): FoundTask | undefined {
  return db.get<FoundTask>("SELECT * FROM tasks WHERE id = ? AND expires_at > ?", id, now);
}

export function getTask(db: Database, id: string, now: number): Task | undefined {
  const task = findTask(db, id, now);
  if (task === undefined) return undefined;
  if (task.status !== "input_required") return taskOf(task, []);
  return taskOf(
    task,
    db.all<TaskQuestionRow>(
      "SELECT name, question FROM task_questions WHERE task_key = ? AND answer IS NULL",
      task.key,
    ),
  );
}
