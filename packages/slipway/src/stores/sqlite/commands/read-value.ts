import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";

export interface ValueRow {
  readonly value: string;
  readonly version: number;
}

export function readValue(
  db: Database,
  id: string,
  name: string,
  now: number,
  idleMs: number,
): ValueRow | undefined {
  const session = useSession(db, id, now, idleMs);
  if (session === undefined) return undefined;
  return db.get<ValueRow>(
    "SELECT value, version FROM session_values WHERE session_key = ? AND name = ?",
    session,
    name,
  );
}
