import type { Database } from "../database.ts";

export function taskAnswers(
  db: Database,
  id: string,
  now: number,
): { readonly name: string; readonly answer: string }[] {
  return db.all(
    `SELECT q.name, q.answer FROM tasks t JOIN task_questions q ON q.task_key = t.key
     WHERE t.id = ? AND t.expires_at > ? AND q.answer IS NOT NULL`,
    id,
    now,
  );
}
