import type { Logger } from "../../server/index.ts";
import { type AuditEntry, lostEntry } from "./entry.ts";
import type { AuditSink } from "./sink.ts";

export interface QueueSettings {
  /** How many entries may wait, those of calls that are being served included. */
  readonly maxWaiting: number;
  /** Whether places are given out only while the sink works. */
  readonly strict: boolean;
  readonly logger: Logger;
}

/** How many entries are offered to a sink at once. */
const BATCH = 1_000;
/** How long entries are gathered for which nobody waits, in milliseconds. */
const GATHER_MS = 20;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
/** How often the log is told that the sink still fails. */
const REMIND_MS = 60_000;

type Waiter = (admitted: boolean) => void;

/** Entries on their way to a sink. There is a place for each before its call begins, so that none is ever too many. */
export class AuditQueue {
  readonly #sink: AuditSink;
  readonly #settings: QueueSettings;
  readonly #entries: AuditEntry[] = [];
  /** Called with the number of entries that were kept so far. */
  #keepers: { readonly upTo: number; readonly kept: () => void }[] = [];
  /** Who waits for a place. */
  readonly #waiters = new Set<Waiter>();
  #reserved = 0;
  #taken = 0;
  #kept = 0;
  #lost = 0;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #closed = false;
  #closing: Promise<void> | undefined;
  /** Since when the sink fails, by `performance.now()`, and what it says. */
  #failure: { readonly since: number; readonly error: unknown; told: number } | undefined;
  #wake: (() => void) | undefined;

  constructor(sink: AuditSink, settings: QueueSettings) {
    this.#sink = sink;
    this.#settings = settings;
    sink.atExit?.(() => this.#entries);
  }

  /** Why nothing can be kept now. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  get waiting(): number {
    return this.#entries.length;
  }

  get #hasRoom(): boolean {
    const { maxWaiting, strict } = this.#settings;
    return this.#entries.length + this.#reserved < maxWaiting && !(strict && this.#failure !== undefined);
  }

  /** Takes a place for an entry to come; `false` where there is none. */
  reserve(): boolean {
    if (!this.#hasRoom) return false;
    this.#reserved++;
    return true;
  }

  /** The same, after a while at most. */
  waitForRoom(ms: number): Promise<boolean> {
    this.#begin();
    return new Promise((resolve) => {
      const timer = setTimeout(() => admit(false), ms);
      const admit: Waiter = (admitted) => {
        clearTimeout(timer);
        this.#waiters.delete(admit);
        resolve(admitted);
      };
      this.#waiters.add(admit);
    });
  }

  /** Gives back a place that was not needed. */
  release(): void {
    this.#reserved--;
    this.#admit();
  }

  /** Puts an entry into the place that it has. */
  put(entry: AuditEntry): void {
    this.#reserved--;
    this.#push(entry);
  }

  /** Resolves when all that was put until now is kept; to false where that takes longer. */
  kept(ms: number): Promise<boolean> {
    const upTo = this.#taken;
    if (this.#kept >= upTo) return Promise.resolve(true);
    this.#begin();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      const kept = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#keepers.push({ upTo, kept });
    });
  }

  /** A call is served that will not be in the audit. */
  lose(): void {
    if (this.#lost++ > 0) return;
    this.#settings.logger.error("The audit is full: calls are served that it does not have.");
  }

  #push(entry: AuditEntry): void {
    this.#entries.push(entry);
    this.#taken++;
    if (this.#running) return;
    if (this.#settings.strict || this.#entries.length >= BATCH) this.#begin();
    // Nobody waits for it, and many at once are cheaper.
    else this.#gathering ??= setTimeout(() => this.#begin(), GATHER_MS);
  }

  #begin(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#running) return;
    this.#running = true;
    // What ends in the same turn is written at once.
    nextTurn(() => void this.#run());
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (this.#entries.length > 0 && !this.#closed) {
      const batch = this.#entries.slice(0, BATCH);
      try {
        await this.#sink.write(batch);
      } catch (error) {
        this.#fails(error);
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        continue;
      }
      retryMs = FIRST_RETRY_MS;
      this.#entries.splice(0, batch.length);
      this.#works();
      this.#tellKept(batch.length);
      this.#tellLost();
      this.#admit();
    }
    this.#running = false;
  }

  #fails(error: unknown): void {
    const now = performance.now();
    if (this.#failure !== undefined && now - this.#failure.told < REMIND_MS) return;
    const waiting = `${this.#entries.length} entries wait`;
    this.#settings.logger.error(`The audit cannot be written; ${waiting}, and it is tried again.`, error);
    this.#failure = { since: this.#failure?.since ?? now, error, told: now };
  }

  #works(): void {
    if (this.#failure === undefined) return;
    const seconds = Math.ceil((performance.now() - this.#failure.since) / 1000);
    this.#failure = undefined;
    this.#settings.logger.warn(
      `The audit is written again, after ${seconds} s. Nothing that waited was lost.`,
    );
  }

  #tellKept(count: number): void {
    this.#kept += count;
    const due = this.#keepers.filter(({ upTo }) => upTo <= this.#kept);
    if (due.length === 0) return;
    this.#keepers = this.#keepers.filter(({ upTo }) => upTo > this.#kept);
    for (const { kept } of due) kept();
  }

  /** The audit itself says what is not in it. */
  #tellLost(): void {
    const count = this.#lost;
    if (count === 0) return;
    this.#lost = 0;
    this.#settings.logger.error(
      `${count} calls are not in the audit, which was full; an entry in it says so.`,
    );
    this.#push(lostEntry(count));
  }

  #admit(): void {
    for (const admit of this.#waiters) {
      if (!this.reserve()) return;
      admit(true);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wake = wake;
    });
  }

  /** Writes what is there, and no more. What cannot be written in time is lost, and the log says so. */
  close(ms: number): Promise<void> {
    this.#closing ??= this.#close(ms);
    return this.#closing;
  }

  async #close(ms: number): Promise<void> {
    this.#wake?.();
    const done = await this.kept(ms);
    this.#closed = true;
    this.#wake?.();
    if (!done) {
      const count = this.#entries.length;
      this.#settings.logger.error(
        `${count} entries of the audit are lost: they could not be written in ${ms} ms.`,
        this.failure,
      );
    }
    await this.#sink.close?.();
  }
}

function nextTurn(run: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => unknown };
  if (setImmediate === undefined) setTimeout(run, 0);
  else setImmediate(run);
}
