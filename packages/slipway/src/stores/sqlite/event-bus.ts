import type { BusMessage, EventBus } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { idText } from "../sql/text.ts";
import { lastMessage, publishMessage, readMessages } from "./commands/messages.ts";
import { isPresent, removePresence, signPresence } from "./commands/presence.ts";
import type { Database } from "./database.ts";
import type { Poller } from "./poller.ts";
import type { Sweeper } from "./sweeper.ts";

interface Subscription {
  readonly listener: (message: BusMessage) => void;
  readonly missed: () => void;
  /** What was published later is heard. */
  readonly after: number;
}

/** Carries messages through a table of the file, which is looked at while somebody listens. */
export class SqliteEventBus implements EventBus {
  readonly instanceId: string = crypto.randomUUID();
  readonly deadAfterMs: number;
  readonly #db: Database;
  readonly #poller: Poller;
  readonly #sweeper: Sweeper;
  readonly #subscriptions = new Set<Subscription>();
  readonly #look = (changed: boolean) => this.#hear(changed);
  #heard = 0;
  #signedAt = 0;

  constructor(db: Database, poller: Poller, sweeper: Sweeper, deadAfterMs: number) {
    this.#db = db;
    this.#poller = poller;
    this.#sweeper = sweeper;
    this.deadAfterMs = deadAfterMs;
  }

  publish(message: BusMessage): void {
    this.#sweeper.sweep();
    publishMessage(this.#db, jsonText(message, "a message to publish"), Date.now());
    this.#poller.lookSoon();
  }

  subscribe(listener: (message: BusMessage) => void, missed: () => void): () => void {
    this.#sign();
    const subscription = { listener, missed, after: lastMessage(this.#db) };
    if (this.#subscriptions.size === 0) {
      this.#heard = subscription.after;
      this.#poller.add(this.#look);
    }
    this.#subscriptions.add(subscription);
    return () => this.#end(subscription);
  }

  isAlive(instanceId: string): boolean {
    return isPresent(this.#db, idText(instanceId), Date.now() - this.deadAfterMs);
  }

  /** Ends all subscriptions of this instance. */
  close(): void {
    for (const subscription of [...this.#subscriptions]) this.#end(subscription);
  }

  #end(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription) || this.#subscriptions.size > 0) return;
    this.#poller.remove(this.#look);
    try {
      removePresence(this.#db, this.instanceId);
    } catch {
      // It counts as dead when its time is over.
    }
  }

  #hear(changed: boolean): void {
    // A fourth, so that one that comes late does no harm.
    if (Date.now() >= this.#signedAt + this.deadAfterMs / 4) this.#sign();
    if (!changed) return;
    const rows = readMessages(this.#db, this.#heard);
    const last = rows.at(-1)?.sequence ?? lastMessage(this.#db);
    // Sequences have no gaps, but messages that nobody has read for long are deleted.
    const gap = last - this.#heard > rows.length;
    this.#heard = last;
    if (gap) for (const { missed } of [...this.#subscriptions]) missed();
    for (const { sequence, message } of rows) {
      for (const subscription of [...this.#subscriptions]) {
        const listens = this.#subscriptions.has(subscription) && sequence > subscription.after;
        if (listens) subscription.listener(JSON.parse(message));
      }
    }
  }

  #sign(): void {
    const now = Date.now();
    signPresence(this.#db, this.instanceId, now);
    this.#signedAt = now;
  }
}
