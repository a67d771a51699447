import type { Task } from "../../../ports/index.ts";
import type { Database } from "../database.ts";
import { findTask, getTask } from "./get-task.ts";

/** `answers` are texts of JSON by the names of their questions. */
export function answerTask(
  db: Database,
  id: string,
  answers: readonly (readonly [name: string, answer: string])[],
  now: number,
): Task | undefined {
  return db.transaction(() => {
    const task = findTask(db, id, now);
    if (task?.status === "input_required") take(db, task.key, answers, now);
    return getTask(db, id, now);
  });
}

function take(
  db: Database,
  task: number,
  answers: readonly (readonly [name: string, answer: string])[],
  now: number,
): void {
  let taken = 0;
  for (const [name, answer] of answers) {
    taken += db.run(
      "UPDATE task_questions SET answer = ? WHERE task_key = ? AND name = ? AND answer IS NULL",
      answer,
      task,
      name,
    );
  }
  if (taken === 0) return;
  db.run(
    `UPDATE tasks SET updated_at = ?, status = CASE
       WHEN EXISTS (SELECT 1 FROM task_questions WHERE task_key = tasks.key AND answer IS NULL)
       THEN 'input_required' ELSE 'working' END
     WHERE key = ?`,
    now,
    task,
  );
}
