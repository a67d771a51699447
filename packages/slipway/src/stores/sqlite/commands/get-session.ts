import type { SessionRow } from "../../sql/rows.ts";
import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";

export function getSession(db: Database, id: string, now: number, idleMs: number): SessionRow | undefined {
  // A session that is deleted between the two statements has no row to extend or to read.
  const key = useSession(db, id, now, idleMs);
  if (key === undefined) return undefined;
  return db.get<SessionRow>("SELECT meta, log_level, subscriptions FROM sessions WHERE key = ?", key);
}
