import type { Database } from "../database.ts";

/** `questions` are texts of JSON by their names. */
export function askTask(
  db: Database,
  id: string,
  owner: string,
  journal: string,
  questions: readonly (readonly [name: string, question: string])[],
  now: number,
): boolean {
  return db.transaction(() => {
    const task = db.get<{ key: number }>(
      `UPDATE tasks SET journal = ?, status = 'input_required', owner = NULL, updated_at = ?
       WHERE id = ? AND owner = ? AND expires_at > ? RETURNING key`,
      journal,
      now,
      id,
      owner,
      now,
    );
    if (task === undefined) return false;
    db.run("DELETE FROM task_questions WHERE task_key = ?", task.key);
    for (const [name, question] of questions) {
      db.run(
        "INSERT INTO task_questions (task_key, name, question) VALUES (?, ?, ?)",
        task.key,
        name,
        question,
      );
    }
    return true;
  });
}
