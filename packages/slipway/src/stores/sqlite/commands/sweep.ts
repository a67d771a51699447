import type { Database } from "../database.ts";

/** Rows of each kind that one sweep deletes at most. */
const BATCH = 100;

/** The longest that a message waits for an instance that listens. */
const MESSAGE_TTL_MS = 60_000;

/** How long it is known of an instance that it has died, rather than that there never was one. */
export const INSTANCE_TTL_MS = 60 * 60_000;

/** Forgets some of what has expired, found by indexes. */
export function sweep(db: Database, now: number, closedMs: number): void {
  db.transaction(() => {
    expire(db, "sessions", "expires_at", now);
    expire(db, "streams", "closed_at", now - closedMs);
    expire(db, "tasks", "expires_at", now);
    expire(db, "handles", "expires_at", now);
    expire(db, "journals", "expires_at", now);
    expire(db, "pending", "expires_at", now);
    // The oldest come first in the table's own order.
    db.run(
      `DELETE FROM messages WHERE sequence IN (SELECT sequence FROM messages ORDER BY sequence LIMIT ${10 * BATCH})
         AND published_at <= ?`,
      now - MESSAGE_TTL_MS,
    );
    db.run("DELETE FROM instances WHERE seen_at <= ?", now - INSTANCE_TTL_MS);
  });
}

function expire(db: Database, table: string, column: string, latest: number): void {
  db.run(
    `DELETE FROM ${table} WHERE rowid IN (
       SELECT rowid FROM ${table} WHERE ${column} <= ? ORDER BY ${column} LIMIT ${BATCH})`,
    latest,
  );
}
