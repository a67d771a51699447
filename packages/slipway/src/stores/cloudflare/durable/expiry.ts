import { nextExpiry } from "../../sqlite/commands/next-expiry.ts";
import { sweep } from "../../sqlite/commands/sweep.ts";
import type { ObjectDatabase } from "./object-database.ts";
import type { ObjectStorage } from "./platform.ts";

/** What is left by one sweep goes by the next. */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 24 * 60 * 60_000;

/** What an older adapter leaves to later ones. */
const CLOSED_MS = 5 * 60_000;

/** Wakes the object when something of it has expired, and forgets it. */
export class Expiry {
  readonly #storage: ObjectStorage;
  readonly #db: ObjectDatabase;
  #closedMs: number;
  /** Whether there is an alarm, as far as is known. */
  #waits = false;

  constructor(storage: ObjectStorage, db: ObjectDatabase) {
    this.#storage = storage;
    this.#db = db;
    this.#closedMs = db.setting("closed_ms") ?? CLOSED_MS;
  }

  /** How long the logs of closed streams are held. */
  set closedMs(closedMs: number) {
    if (closedMs === this.#closedMs) return;
    this.#closedMs = closedMs;
    this.#db.keepSetting("closed_ms", closedMs);
  }

  /** Sets the alarm, unless there is one. It may ring too early, for what was used since, or somewhat late. */
  async schedule(): Promise<void> {
    if (this.#waits) return;
    const at = nextExpiry(this.#db, this.#closedMs);
    if (at === undefined) return;
    this.#waits = true;
    try {
      if ((await this.#storage.getAlarm()) !== null) return;
      const now = Date.now();
      await this.#storage.setAlarm(Math.min(Math.max(at, now + SHORTEST_MS), now + LONGEST_MS));
    } catch (error) {
      this.#waits = false;
      throw error;
    }
  }

  /** Forgets some of what has expired, and waits for the next. */
  async ring(): Promise<void> {
    this.#waits = false;
    sweep(this.#db, Date.now(), this.#closedMs);
    await this.schedule();
  }
}
