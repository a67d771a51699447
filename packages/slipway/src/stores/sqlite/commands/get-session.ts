import type { SessionRow } from "../../sql/rows.ts";
import type { Database } from "../database.ts";
import { extend, type Life } from "./use-session.ts";

/** Reads a session that has not expired, and extends its life. */
export function getSession(db: Database, id: string, now: number, idleMs: number): SessionRow | undefined {
  const row = db.get<SessionRow & Life>(
    "SELECT key, expires_at, meta, log_level, subscriptions FROM sessions WHERE id = ? AND expires_at > ?",
    id,
    now,
  );
  if (row !== undefined) extend(db, row, now, idleMs);
  return row;
}
