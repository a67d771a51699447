import type { BusMessage, EventBus } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { idText } from "../sql/text.ts";
import { publish, readPresence, removePresence, signPresence } from "./commands/bus.ts";
import type { Database } from "./database.ts";
import type { Hearer, Listener } from "./listener.ts";

/** What other notifications on the channel do not begin with. */
const PREFIX = "message ";

interface Subscription {
  readonly listener: (message: BusMessage) => void;
  readonly missed: () => void;
}

/**
 * Carries messages by `NOTIFY`, and knows who lives by rows that each instance renews. Where the database was away for so
 * long that this instance itself seems dead, so may others that live; then `isAlive` answers `true` for `deadAfterMs` more
 * for those that have not left.
 */
export class PostgresEventBus implements EventBus {
  readonly instanceId: string = crypto.randomUUID();
  readonly deadAfterMs: number;
  readonly #db: Database;
  readonly #listener: Listener;
  readonly #subscriptions = new Set<Subscription>();
  readonly #hearer: Hearer = {
    hear: (payload) => this.#hear(payload),
    missed: () => {
      void this.#sign().catch(() => {});
      for (const { missed } of [...this.#subscriptions]) missed();
    },
  };
  /** Signing and its end happen one after the other. */
  #signing: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Subscriptions that have begun and not ended, with those that are not ready. */
  #wanted = 0;
  #doubtUntil = 0;

  constructor(db: Database, listener: Listener, deadAfterMs: number) {
    this.#db = db;
    this.#listener = listener;
    this.deadAfterMs = deadAfterMs;
  }

  async publish(message: BusMessage): Promise<void> {
    await this.#db.run(publish, this.#listener.channel, PREFIX + jsonText(message, "a message to publish"));
  }

  async subscribe(listener: (message: BusMessage) => void, missed: () => void): Promise<() => Promise<void>> {
    const subscription = { listener, missed };
    this.#wanted++;
    try {
      await this.#listener.add(this.#hearer);
      await this.#sign();
    } catch (error) {
      await this.#leave();
      throw error;
    }
    this.#subscriptions.add(subscription);
    // A fourth, so that one that comes late does no harm.
    this.#timer ??= startTimer(this.deadAfterMs / 4, () => void this.#sign().catch(() => {}));
    return async () => {
      if (this.#subscriptions.delete(subscription)) await this.#leave();
    };
  }

  async isAlive(instanceId: string): Promise<boolean> {
    const rows = await this.#db.run<{ id: string; lately: boolean }>(
      readPresence,
      this.instanceId,
      idText(instanceId),
      Math.ceil(this.deadAfterMs),
    );
    if (rows.some(({ id, lately }) => id === this.instanceId && !lately)) this.#doubt();
    const other = rows.find(({ id }) => id === idText(instanceId));
    return other !== undefined && (other.lately || Date.now() < this.#doubtUntil);
  }

  /** Ends all subscriptions of this instance. */
  async close(): Promise<void> {
    for (const subscription of [...this.#subscriptions]) {
      this.#subscriptions.delete(subscription);
      await this.#leave();
    }
  }

  async #leave(): Promise<void> {
    this.#wanted--;
    if (this.#wanted > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listener.remove(this.#hearer);
    this.#signing = this.#signing
      .then(async () => {
        if (this.#wanted === 0) await this.#db.run(removePresence, this.instanceId);
      })
      // It counts as dead when its time is over.
      .catch(() => {});
    await this.#signing;
  }

  #sign(): Promise<unknown> {
    const signed = this.#signing.then(async () => {
      if (this.#wanted === 0) return;
      const [sign] = await this.#listener.run<{ lived: boolean }>(
        signPresence,
        this.instanceId,
        Math.ceil(this.deadAfterMs),
      );
      if (sign?.lived === false) this.#doubt();
    });
    this.#signing = signed.catch(() => {});
    return signed;
  }

  #doubt(): void {
    this.#doubtUntil = Date.now() + this.deadAfterMs;
  }

  #hear(payload: string): void {
    if (!payload.startsWith(PREFIX)) return;
    const message: BusMessage = JSON.parse(payload.slice(PREFIX.length));
    for (const subscription of [...this.#subscriptions]) {
      if (this.#subscriptions.has(subscription)) subscription.listener(message);
    }
  }
}

function startTimer(intervalMs: number, run: () => void): ReturnType<typeof setInterval> {
  const timer = setInterval(run, intervalMs);
  // Node's timers are objects. What the bus is used for keeps the process alive.
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
