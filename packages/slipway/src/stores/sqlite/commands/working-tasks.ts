import type { Database } from "../database.ts";

export function workingTasks(
  db: Database,
  limit: number,
  now: number,
): { readonly id: string; readonly owner: string | null }[] {
  return db.all(
    `SELECT id, owner FROM tasks WHERE status = 'working' AND expires_at > ?
     ORDER BY owner IS NOT NULL, updated_at LIMIT ?`,
    now,
    limit,
  );
}
