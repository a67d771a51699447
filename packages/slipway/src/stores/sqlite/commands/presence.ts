import type { Database } from "../database.ts";

/** Says that the instance lives. */
export function signPresence(db: Database, instance: string, now: number): void {
  db.run(
    "INSERT INTO instances (id, seen_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
    instance,
    now,
  );
}

export function removePresence(db: Database, instance: string): void {
  db.run("DELETE FROM instances WHERE id = ?", instance);
}

/** Whether the instance has said that it lives after `since`. */
export function isPresent(db: Database, instance: string, since: number): boolean {
  return db.get("SELECT 1 FROM instances WHERE id = ? AND seen_at > ?", instance, since) !== undefined;
}
