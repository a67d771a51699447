import type { Database } from "../database.ts";
import type { ValueRow } from "./read-value.ts";

export function readHandle(db: Database, id: string, expiresAt: number, now: number): ValueRow | undefined {
  return db.get<ValueRow>(
    "UPDATE handles SET expires_at = ? WHERE id = ? AND expires_at > ? RETURNING value, version",
    expiresAt,
    id,
    now,
  );
}
