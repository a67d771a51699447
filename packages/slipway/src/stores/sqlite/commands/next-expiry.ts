import type { Database } from "../database.ts";
import { INSTANCE_TTL_MS } from "./sweep.ts";

/** What expires later than that, in milliseconds since 1970, never does. */
const NEVER = 10 ** 15;

/** When the first of what is kept expires; `undefined` when nothing does. */
export function nextExpiry(db: Database, closedMs: number): number | undefined {
  const { at = NEVER } =
    db.get<{ at: number }>(
      `SELECT min(${[
        first("sessions", "expires_at"),
        `${first("streams", "closed_at")} + ?`,
        first("tasks", "expires_at"),
        first("handles", "expires_at"),
        first("journals", "expires_at"),
        first("pending", "expires_at"),
        `${first("instances", "seen_at")} + ${INSTANCE_TTL_MS}`,
      ].join(", ")}) AS at`,
      closedMs,
    ) ?? {};
  return at < NEVER ? at : undefined;
}

function first(table: string, column: string): string {
  return `coalesce((SELECT min(${column}) FROM ${table} WHERE ${column} IS NOT NULL), ${NEVER})`;
}
