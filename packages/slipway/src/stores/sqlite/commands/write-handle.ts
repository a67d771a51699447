import type { Database } from "../database.ts";

export function writeHandle(
  db: Database,
  id: string,
  value: string,
  version: number,
  expiresAt: number,
  now: number,
): boolean {
  return (
    db.run(
      `UPDATE handles SET value = ?, version = version + 1, expires_at = ?
       WHERE id = ? AND version = ? AND expires_at > ?`,
      value,
      expiresAt,
      id,
      version,
      now,
    ) === 1
  );
}
