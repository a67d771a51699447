import type { Database } from "./database.ts";

/** Looks at the file, again and again, while somebody wants to know of what other connections do to it. */
export class Poller {
  readonly #db: Database;
  readonly #intervalMs: number;
  readonly #looks = new Set<(changed: boolean) => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #version = -1;
  #soon = false;

  constructor(db: Database, intervalMs: number) {
    this.#db = db;
    this.#intervalMs = intervalMs;
  }

  /** Calls `look` at each interval, and tells it whether the file may have changed since; until the end. */
  add(look: (changed: boolean) => void): void {
    this.#looks.add(look);
    if (this.#timer !== undefined) return;
    this.#version = -1;
    this.#timer = setInterval(() => this.#poll(), this.#intervalMs);
    this.#timer.unref();
  }

  remove(look: (changed: boolean) => void): void {
    this.#looks.delete(look);
    if (this.#looks.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks as soon as what runs now has ended: this process has written something. */
  lookSoon(): void {
    if (this.#soon || this.#timer === undefined) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      if (this.#timer === undefined) return;
      for (const look of [...this.#looks]) attempt(() => look(true));
    });
  }

  #poll(): void {
    let changed = true;
    attempt(() => {
      // Changes when another connection has committed.
      const row = this.#db.get<{ data_version: number }>("PRAGMA data_version");
      changed = row?.data_version !== this.#version;
      this.#version = row?.data_version ?? -1;
    });
    for (const look of [...this.#looks]) attempt(() => look(changed));
  }
}

/** A file that cannot be read now is looked at again at the next interval. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}
