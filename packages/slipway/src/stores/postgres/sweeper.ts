import { sweep } from "./commands/sweep.ts";
import type { Database } from "./database.ts";

const INTERVAL_MS = 1_000;

/** Forgets what has expired, some at a time, as the store is used; whoever uses it does not wait. */
export class Sweeper {
  readonly #db: Database;
  readonly #closedMs: number;
  #next = 0;

  /** `closedMs`: how long the logs of closed streams are held. */
  constructor(db: Database, closedMs: number) {
    this.#db = db;
    this.#closedMs = closedMs;
  }

  sweep(): void {
    const now = Date.now();
    if (now < this.#next) return;
    this.#next = now + INTERVAL_MS;
    // What is left is swept the next time.
    this.#db.run(sweep, this.#closedMs).catch(() => {});
  }
}
