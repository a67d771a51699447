import type { BusMessage, EventBus } from "../../ports/index.ts";
import { bound } from "../memory/bound.ts";
import { areAlive } from "./commands/are-alive.ts";
import { heartbeat } from "./commands/heartbeat.ts";
import { publish } from "./commands/publish.ts";
import type { RedisConnection } from "./connection.ts";
import { Keys } from "./keys.ts";
import { asList } from "./reply.ts";
import { unref } from "./timer.ts";

export interface RedisEventBusOptions {
  /** After so many milliseconds without a sign of life an instance counts as dead; at least 100. Default 5000. */
  deadAfterMs?: number;
}

interface Subscription {
  readonly hear: (message: BusMessage) => void;
  readonly missed: () => void;
}

/** Numbers of so many instances are remembered. */
const MOST_HEARD = 10_000;

/** Who tells it, which of its messages it is, and the message; without one it is a sign of life. */
type Told = readonly [from: string, number: number, message?: BusMessage];

/**
 * Connects instances by publishing in Redis or Valkey, on one channel. An instance that listens signs every third of
 * `deadAfterMs` that it lives, without keeping its process alive.
 *
 * Every instance numbers what it publishes, and tells the number with each sign of life. Who finds that a number is
 * missing is told that it missed something, as after a connection that was lost.
 *
 * Where Redis was away for so long that this instance's own sign of life has expired, so may those of others have that
 * live; then `isAlive` answers `true` for `deadAfterMs` more.
 */
export class RedisEventBus implements EventBus {
  readonly instanceId: string = crypto.randomUUID();
  readonly deadAfterMs: number;
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #subscriptions = new Set<Subscription>();
  /** The number of each instance's message that was heard last. */
  readonly #heard = new Map<string, number>();
  /** Begins and ends listening, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #listening = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #published = 0;
  #doubtUntil = 0;

  constructor(connection: RedisConnection, options: RedisEventBusOptions = {}) {
    this.#connection = connection;
    this.#keys = new Keys(connection.prefix);
    this.deadAfterMs = bound("deadAfterMs", options.deadAfterMs, 5_000, 100);
  }

  async publish(message: BusMessage): Promise<void> {
    const told: Told = [this.instanceId, ++this.#published, message];
    const channel = this.#keys.bus;
    // By its text: the detour over a script that Redis does not know would let a later message overtake this one.
    await this.#connection.command(
      ["EVAL", publish.text, "1", channel, channel, JSON.stringify(told)],
      channel,
    );
  }

  async subscribe(hear: (message: BusMessage) => void, missed: () => void): Promise<() => Promise<void>> {
    const subscription: Subscription = { hear, missed };
    this.#subscriptions.add(subscription);
    try {
      await this.#settle();
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
    return async () => {
      this.#subscriptions.delete(subscription);
      await this.#settle();
    };
  }

  async isAlive(instanceId: string): Promise<boolean> {
    if (this.#listening && instanceId === this.instanceId) return true;
    const keys = [this.#keys.instance(this.instanceId), this.#keys.instance(instanceId)];
    const [own, other] = asList(await this.#connection.run(areAlive, keys));
    if (this.#listening && Number(own) === 0) this.#doubt();
    return Number(other) === 1 || (Date.now() < this.#doubtUntil && isInstanceId(instanceId));
  }

  /** Ends all subscriptions of this instance. */
  async close(): Promise<void> {
    this.#subscriptions.clear();
    await this.#settle();
  }

  /** Listens while anybody wants to hear, and not else. */
  #settle(): Promise<void> {
    const settled = this.#turn.then(async () => {
      const wanted = this.#subscriptions.size > 0;
      if (wanted && !this.#listening) await this.#begin();
      else if (!wanted && this.#listening) await this.#end();
    });
    this.#turn = settled.catch(() => {});
    return settled;
  }

  async #begin(): Promise<void> {
    this.#heard.clear();
    await this.#connection.listener.subscribe(this.#keys.bus, {
      hear: (text) => this.#hear(text),
      missed: () => this.#missed(),
    });
    try {
      await this.#beat();
    } catch (error) {
      await this.#connection.listener.unsubscribe(this.#keys.bus);
      throw error;
    }
    this.#listening = true;
    this.#timer = setInterval(() => {
      this.#beat().catch(() => {
        // Redis is away. The next beat may reach it.
      });
    }, this.deadAfterMs / 3);
    unref(this.#timer);
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    this.#listening = false;
    await this.#connection.listener.unsubscribe(this.#keys.bus);
    const key = this.#keys.instance(this.instanceId);
    try {
      await this.#connection.command(["UNLINK", key], key);
    } catch {
      // It expires by itself.
    }
  }

  async #beat(): Promise<void> {
    // Of instances that are gone; those that live tell it again.
    if (this.#heard.size > MOST_HEARD) this.#heard.clear();
    const told: Told = [this.instanceId, this.#published];
    const key = this.#keys.instance(this.instanceId);
    const args = [Math.ceil(this.deadAfterMs), this.#keys.bus, JSON.stringify(told)];
    const lived = Number(await this.#connection.run(heartbeat, [key], args)) === 1;
    if (this.#listening && !lived) this.#doubt();
  }

  #doubt(): void {
    this.#doubtUntil = Date.now() + this.deadAfterMs;
  }

  #hear(text: string): void {
    const told = JSON.parse(text) as Told;
    const [from, number, message] = told;
    const last = this.#heard.get(from);
    // A sign of life tells the number of the message before it.
    const next = message === undefined ? number + 1 : number;
    if (last === undefined || number > last) this.#heard.set(from, number);
    if (message !== undefined) for (const { hear } of [...this.#subscriptions]) hear(message);
    if (last !== undefined && next > last + 1) this.#tellMissed();
  }

  #missed(): void {
    this.#heard.clear();
    this.#tellMissed();
  }

  #tellMissed(): void {
    for (const { missed } of [...this.#subscriptions]) missed();
  }
}

function isInstanceId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
