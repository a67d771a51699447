import type { BusMessage, EventBus } from "../../../ports/index.ts";
import { jsonText } from "../../memory/json-text.ts";
import { BusLine } from "./bus-line.ts";
import type { Objects } from "./objects.ts";

interface Subscription {
  readonly listener: (message: BusMessage) => void;
  readonly missed: () => void;
}

/**
 * Carries messages through one object, to which an instance has a connection while it listens. Whoever has one lives.
 * The object need not be in memory for that: the platform holds the connections, and answers pings.
 *
 * Most requests end before anybody could want to tell them something. So a connection is opened only for one that lasts,
 * or needs it at once; what was published before counts as missed.
 */
export class DurableEventBus implements EventBus {
  readonly deadAfterMs: number;
  readonly #objects: Objects;
  readonly #connectAfterMs: number;
  readonly #subscriptions = new Set<Subscription>();
  #instanceId: string | undefined;
  #line: BusLine | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param connectAfterMs how long a subscription waits for its connection; 0: it is begun by that */
  constructor(objects: Objects, deadAfterMs: number, connectAfterMs: number) {
    this.#objects = objects;
    this.deadAfterMs = deadAfterMs;
    this.#connectAfterMs = connectAfterMs;
  }

  // Made when first needed, since a Worker may make nothing random while it is loaded.
  get instanceId(): string {
    this.#instanceId ??= crypto.randomUUID();
    return this.#instanceId;
  }

  async publish(message: BusMessage): Promise<void> {
    await this.#objects.call("bus", "publish", jsonText(message, "a message to publish"));
  }

  async subscribe(listener: (message: BusMessage) => void, missed: () => void): Promise<() => Promise<void>> {
    const subscription = { listener, missed };
    this.#subscriptions.add(subscription);
    if (this.#connectAfterMs > 0) {
      if (this.#line === undefined)
        this.#timer ??= setTimeout(() => void this.present(), this.#connectAfterMs);
    } else {
      try {
        await this.#connect();
      } catch (error) {
        this.#end(subscription);
        throw error;
      }
    }
    return async () => this.#end(subscription);
  }

  isAlive(instanceId: string): Promise<boolean> {
    return this.#objects.call("bus", "isAlive", instanceId, this.deadAfterMs);
  }

  /** Resolves when this instance hears the others and they see that it lives, or when that cannot be had now. */
  async present(): Promise<void> {
    if (this.#subscriptions.size > 0) await this.#connect().catch(() => {});
  }

  /** Ends all subscriptions of this instance. */
  close(): void {
    for (const subscription of [...this.#subscriptions]) this.#end(subscription);
  }

  #connect(): Promise<void> {
    if (this.#line === undefined) {
      clearTimeout(this.#timer);
      const missed = () => this.#each((each) => each.missed());
      const line = new BusLine(this.#objects, this.instanceId, this.deadAfterMs, {
        hear: (text) => this.#each(({ listener }) => listener(JSON.parse(text))),
        missed,
      });
      this.#line = line;
      if (this.#connectAfterMs > 0) line.opened.then(missed, () => {});
    }
    return this.#line.opened;
  }

  #each(tell: (subscription: Subscription) => void): void {
    for (const subscription of [...this.#subscriptions])
      if (this.#subscriptions.has(subscription)) tell(subscription);
  }

  #end(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription) || this.#subscriptions.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#line?.close();
    this.#line = undefined;
  }
}
