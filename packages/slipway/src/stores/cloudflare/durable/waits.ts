import type { Database } from "../../sqlite/database.ts";
import { type HeldSockets, send } from "./held-sockets.ts";
import { ENDED } from "./wire.ts";

/** So long a wait goes on whose connection broke; its Worker comes back sooner, where it lives. */
const GRACE_MS = 10_000;

/** Questions that Workers wait for the answers of, each on a connection of its own. */
export class Waits {
  readonly #db: Database;
  readonly #sockets: HeldSockets;

  constructor(db: Database, sockets: HeldSockets) {
    this.#db = db;
    this.#sockets = sockets;
    // Connections that a restart of the object has cut were not seen to close.
    for (const { instance } of db.all<{ instance: string }>("SELECT instance FROM pending"))
      if (!sockets.holds("wait", instance)) this.#shorten(instance);
  }

  /** Begins a wait, or goes on with it; one of another request under the same key ends. */
  begin(key: string, wait: string, deadline: number): void {
    const expiresAt = Math.min(deadline, Date.now() + GRACE_MS);
    const before = this.#db.get<{ instance: string }>("SELECT instance FROM pending WHERE key = ?", key);
    this.#db.run(
      `INSERT INTO pending (key, instance, deadline, expires_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET instance = excluded.instance, deadline = excluded.deadline,
         expires_at = excluded.expires_at,
         outcome = CASE WHEN pending.instance = excluded.instance THEN pending.outcome END`,
      key,
      wait,
      deadline,
      expiresAt,
    );
    if (before !== undefined && before.instance !== wait) this.#tell(before.instance);
  }

  /** A connection for the wait was opened. */
  connected(wait: string): void {
    const row = this.#db.get<{ outcome: string | null }>(
      "UPDATE pending SET expires_at = deadline WHERE instance = ? RETURNING outcome",
      wait,
    );
    // What is not kept any more is found out by taking it.
    if (row === undefined || row.outcome !== null) this.#tell(wait);
  }

  /** @param said whether the Worker has said that it does not wait any more */
  disconnected(wait: string, said: boolean): void {
    if (this.#sockets.holds("wait", wait)) return;
    if (said) this.#db.run("DELETE FROM pending WHERE instance = ?", wait);
    else this.#shorten(wait);
  }

  /** Sets how a wait ends; `true` for one of all that try. */
  settle(key: string, outcome: string): boolean {
    const settled = this.#db.get<{ instance: string }>(
      "UPDATE pending SET outcome = ? WHERE key = ? AND outcome IS NULL AND expires_at > ? RETURNING instance",
      outcome,
      key,
      Date.now(),
    );
    if (settled !== undefined) this.#tell(settled.instance);
    return settled !== undefined;
  }

  /** How a wait has ended; it is kept until its connection is closed. */
  outcome(wait: string): string | undefined {
    const row = this.#db.get<{ outcome: string | null }>(
      "SELECT outcome FROM pending WHERE instance = ?",
      wait,
    );
    return row?.outcome ?? undefined;
  }

  #tell(wait: string): void {
    for (const socket of this.#sockets.of("wait", wait)) send(socket, ENDED);
  }

  #shorten(wait: string): void {
    this.#db.run(
      "UPDATE pending SET expires_at = min(deadline, ?) WHERE instance = ?",
      Date.now() + GRACE_MS,
      wait,
    );
  }
}
