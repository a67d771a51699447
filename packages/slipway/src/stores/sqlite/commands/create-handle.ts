import { idInUse } from "../../sql/errors.ts";
import type { Database } from "../database.ts";

export function createHandle(db: Database, id: string, value: string, expiresAt: number, now: number): void {
  const made = db.run(
    `INSERT INTO handles (id, value, expires_at) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = version + 1, expires_at = excluded.expires_at
     WHERE expires_at <= ?`,
    id,
    value,
    expiresAt,
    now,
  );
  if (made === 0) throw idInUse("handle");
}
