import type { Ear, Hear, Lost } from "./client.ts";
import { unavailable } from "./errors.ts";
import { unref } from "./timer.ts";

export interface ListenerOptions {
  open(hear: Hear, lost: Lost): Promise<Ear>;
  /** How long a subscription may take to begin, in milliseconds. */
  timeoutMs: number;
}

/** Who hears a channel. */
export interface Subscriber {
  hear(text: string): void;
  /** Messages may have been lost; from now on they are heard again. */
  missed(): void;
}

/** How often, in milliseconds, a silent connection is asked whether it is still there. */
const PING_MS = 5_000;
const RETRY_MS = 100;
const LONGEST_RETRY_MS = 1_000;

/** Hears all channels of a store on one connection, which is opened when it is first needed, and again when it is lost. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #subscribers = new Map<string, Subscriber>();
  #ear: Ear | undefined;
  #opening: Promise<Ear> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the channel is heard. It goes on over lost connections until {@link unsubscribe}; the channel must
   * have no subscriber.
   */
  async subscribe(channel: string, subscriber: Subscriber): Promise<void> {
    this.#subscribers.set(channel, subscriber);
    try {
      await this.#within(this.#subscribed(channel));
    } catch (error) {
      if (this.#subscribers.get(channel) === subscriber) this.#subscribers.delete(channel);
      throw error;
    }
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#subscribers.delete(channel);
    try {
      await this.#ear?.unsubscribe(channel);
    } catch {
      // A connection that is lost hears nothing.
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#subscribers.clear();
    this.#ear?.close();
    this.#ear = undefined;
  }

  /** A connection that is opened for it subscribes to all channels, this one too. */
  async #subscribed(channel: string): Promise<void> {
    if (this.#ear === undefined) await this.#connected();
    else await this.#ear.subscribe(channel);
  }

  #connected(): Promise<Ear> {
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Tries until all channels are heard. */
  async #reopen(): Promise<Ear> {
    for (let waitMs = RETRY_MS; !this.#closed; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      try {
        const ear = await this.#openOnce();
        if (!this.#closed) return ear;
        ear.close();
      } catch {
        await new Promise<void>((resolve) => unref(setTimeout(resolve, waitMs)));
      }
    }
    throw unavailable("The store was closed.");
  }

  async #openOnce(): Promise<Ear> {
    let ear: Ear | undefined;
    let lost = false;
    ear = await this.#options.open(
      (channel, text) => this.#subscribers.get(channel)?.hear(text),
      () => {
        lost = true;
        if (ear !== undefined && this.#ear === ear) this.#lose(ear);
      },
    );
    try {
      // Channels that are added meanwhile belong to it as well.
      const heard = new Set<string>();
      for (let missing = this.#missing(heard); missing.length > 0; missing = this.#missing(heard)) {
        await this.#within(Promise.all(missing.map((channel) => ear?.subscribe(channel))));
        for (const channel of missing) heard.add(channel);
      }
      if (lost) throw unavailable("The connection to Redis was lost as soon as it was open.");
    } catch (error) {
      ear.close();
      throw error;
    }
    this.#ear = ear;
    this.#timer ??= setInterval(() => void this.#ping(), PING_MS);
    unref(this.#timer);
    return ear;
  }

  #missing(heard: ReadonlySet<string>): string[] {
    return [...this.#subscribers.keys()].filter((channel) => !heard.has(channel));
  }

  #lose(ear: Ear): void {
    if (this.#closed) return;
    this.#ear = undefined;
    ear.close();
    const before = new Map(this.#subscribers);
    this.#connected()
      .then(() => {
        for (const [channel, subscriber] of before)
          if (this.#subscribers.get(channel) === subscriber) subscriber.missed();
      })
      .catch(() => {});
  }

  async #ping(): Promise<void> {
    const ear = this.#ear;
    if (ear === undefined) return;
    try {
      await this.#within(ear.ping());
    } catch {
      if (this.#ear === ear) this.#lose(ear);
    }
  }

  async #within<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(unavailable(`Redis did not confirm a subscription within ${timeoutMs} ms.`)),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      throw error instanceof Error && error.name === "StoreUnavailableError"
        ? error
        : unavailable("The connection to Redis that listens failed.", error);
    } finally {
      clearTimeout(timer);
      work.catch(() => {});
    }
  }
}
