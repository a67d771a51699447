import type { SessionChange } from "../../../ports/index.ts";
import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";

export function updateState(
  db: Database,
  id: string,
  change: SessionChange,
  now: number,
  idleMs: number,
): void {
  const { logLevel, subscribe, unsubscribe } = change;
  db.transaction(() => {
    const session = useSession(db, id, now, idleMs);
    if (session === undefined) return;
    if (logLevel !== undefined) db.run("UPDATE sessions SET log_level = ? WHERE key = ?", logLevel, session);
    if (subscribe === undefined && unsubscribe === undefined) return;
    const row = db.get<{ subscriptions: string | null }>(
      "SELECT subscriptions FROM sessions WHERE key = ?",
      session,
    );
    const uris = new Set<string>(JSON.parse(row?.subscriptions ?? "[]"));
    if (subscribe !== undefined) uris.add(subscribe);
    if (unsubscribe !== undefined) uris.delete(unsubscribe);
    db.run("UPDATE sessions SET subscriptions = ? WHERE key = ?", JSON.stringify([...uris]), session);
  });
}
