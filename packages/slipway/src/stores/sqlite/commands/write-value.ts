import { valueLimit } from "../../sql/errors.ts";
import type { SessionBounds } from "../../sql/options.ts";
import type { Database } from "../database.ts";
import { readValue } from "./read-value.ts";
import { useSession } from "./use-session.ts";

/** `value` is `undefined` for a deletion. */
export function writeValue(
  db: Database,
  id: string,
  name: string,
  value: string | undefined,
  version: number,
  now: number,
  bounds: SessionBounds,
): boolean {
  return db.transaction(() => {
    const session = useSession(db, id, now, bounds.idleMs);
    if (session === undefined) return false;
    const before = readValue(db, id, name, now, bounds.idleMs);
    if ((before?.version ?? 0) !== version) return false;
    const freed = before === undefined ? 0 : name.length + before.value.length;
    const added = value === undefined ? 0 : name.length + value.length;
    const after = db.get<{ value_version: number; value_bytes: number }>(
      `UPDATE sessions SET value_version = value_version + 1, value_bytes = value_bytes + ? WHERE key = ?
       RETURNING value_version, value_bytes`,
      added - freed,
      session,
    );
    if (value === undefined) {
      db.run("DELETE FROM session_values WHERE session_key = ? AND name = ?", session, name);
      return true;
    }
    if ((after?.value_bytes ?? 0) > bounds.maxValueBytes) throw valueLimit(value.length, bounds);
    db.run(
      `INSERT INTO session_values (session_key, name, value, version) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_key, name) DO UPDATE SET value = excluded.value, version = excluded.version`,
      session,
      name,
      value,
      after?.value_version ?? 0,
    );
    return true;
  });
}
