import { isPresent, removePresence, signPresence } from "../../sqlite/commands/presence.ts";
import type { Database } from "../../sqlite/database.ts";
import { connected, type HeldSockets } from "./held-sockets.ts";

/** When an instance that is connected was last seen: it still is. */
const CONNECTED = 8e15;

/** Which instances live: those that are connected, and those whose connection broke a moment ago. */
export class Presence {
  readonly #db: Database;
  readonly #sockets: HeldSockets;

  constructor(db: Database, sockets: HeldSockets) {
    this.#db = db;
    this.#sockets = sockets;
    // Connections that a restart of the object has cut were not seen to close.
    const gone = db.all<{ id: string }>("SELECT id FROM instances WHERE seen_at = ?", CONNECTED);
    for (const { id } of gone) if (!sockets.holds("bus", id)) signPresence(db, id, Date.now());
  }

  connected(instance: string): void {
    signPresence(this.#db, instance, CONNECTED);
  }

  /** @param said whether the instance has said that it ends, as one that is cut off or killed does not */
  disconnected(instance: string, said: boolean): void {
    // It may have come back already.
    if (this.#sockets.holds("bus", instance)) return;
    if (said) removePresence(this.#db, instance);
    else signPresence(this.#db, instance, Date.now());
  }

  isAlive(instance: string, deadAfterMs: number): boolean {
    const since = Date.now() - deadAfterMs;
    const held = this.#sockets.of("bus", instance).filter(connected);
    if (held.length > 0) return held.some((socket) => this.#sockets.heardAt(socket) > since);
    return isPresent(this.#db, instance, since);
  }
}
