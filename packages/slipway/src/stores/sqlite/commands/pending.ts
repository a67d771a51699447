import type { Database } from "../database.ts";

/** Begins a wait of an instance; one that has the key already ends. */
export function createPending(
  db: Database,
  key: string,
  instance: string,
  deadline: number,
  expiresAt: number,
): void {
  db.run(
    "INSERT OR REPLACE INTO pending (key, instance, deadline, expires_at) VALUES (?, ?, ?, ?)",
    key,
    instance,
    deadline,
    expiresAt,
  );
}

/** Sets how a wait ends; `true` for one of all that try. */
export function settlePending(db: Database, key: string, outcome: string, now: number): boolean {
  return (
    db.run(
      "UPDATE pending SET outcome = ? WHERE key = ? AND outcome IS NULL AND expires_at > ?",
      outcome,
      key,
      now,
    ) === 1
  );
}

/** Ends a wait whose time is over, with the outcome if there is one. */
export function endPending(
  db: Database,
  key: string,
  instance: string,
): { readonly outcome: string | null } | undefined {
  return db.get("DELETE FROM pending WHERE key = ? AND instance = ? RETURNING outcome", key, instance);
}

/** Takes the outcomes of an instance's waits. */
export function takeOutcomes(
  db: Database,
  instance: string,
): { readonly key: string; readonly outcome: string }[] {
  return db.all(
    "DELETE FROM pending WHERE instance = ? AND outcome IS NOT NULL RETURNING key, outcome",
    instance,
  );
}

/** Says that the instance still waits. */
export function renewPending(db: Database, instance: string, expiresAt: number): void {
  db.run("UPDATE pending SET expires_at = min(deadline, ?) WHERE instance = ?", expiresAt, instance);
}
