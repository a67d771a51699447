import { MAX_TIMER_MS } from "../protocol/timer.ts";
import { type Observer, Tally } from "../server/index.ts";
import type { ByteSink, Exchange, Headers } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import { KeepAlive, type Kept } from "./keep-alive.ts";
import type { HttpSettings } from "./options.ts";
import { SSE_KEEP_ALIVE } from "./sse.ts";

const STREAM_HEADERS: Headers = [
  ["content-type", "text/event-stream"],
  ["cache-control", "no-cache, no-transform"],
  // Tells proxies of the nginx kind to pass events on at once.
  ["x-accel-buffering", "no"],
];

/** Readers further behind than this make `await ctx.progress()` wait. */
const PATIENCE_BYTES = 65_536;

/** One open event stream, with its bounds. */
export class EventSink implements Kept {
  readonly #sink: ByteSink;
  readonly #sinks: EventSinks;
  readonly #lost: () => void;
  /** The key of the principal whose it is. */
  readonly owner: string;
  readonly turn: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #open = true;

  constructor(sink: ByteSink, sinks: EventSinks, owner: string, turn: number | undefined, lost: () => void) {
    this.#sink = sink;
    this.#sinks = sinks;
    this.owner = owner;
    this.#lost = lost;
    this.turn = turn;
  }

  keepAlive(): void {
    void this.write(SSE_KEEP_ALIVE);
  }

  /** Gives it a timer of its own. */
  keepAliveEvery(ms: number): void {
    this.#timer = setInterval(() => this.keepAlive(), ms);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Calls `end` at a time, in milliseconds since 1970, if the stream is still open. */
  endAt(time: number | undefined, end = () => this.end()): void {
    if (time === undefined || !this.#open) return;
    const left = time - Date.now();
    const late = () => (left > MAX_TIMER_MS ? this.endAt(time, end) : end());
    this.#expiry = setTimeout(late, Math.min(left, MAX_TIMER_MS));
    (this.#expiry as { unref?: () => void }).unref?.();
  }

  get open(): boolean {
    return this.#open;
  }

  /**
   * Sends text; a reader that is too far behind is cut off instead. Waits only for a slow one. What counts is
   * what came before, so that a message that is longer than the bound can be sent at all.
   */
  write(text: string): void | Promise<void> {
    if (!this.#open) return;
    const { buffered } = this.#sink;
    if (buffered > this.#sinks.settings.maxBufferedBytes) {
      this.#sinks.observer?.happened?.({ kind: "reader-cut", bytes: buffered });
      this.abort();
      return;
    }
    this.#sink.write(text);
    if (this.#sink.buffered > PATIENCE_BYTES) return this.#sink.drained();
  }

  end(): void {
    if (!this.#leave()) return;
    this.#sink.end();
  }

  abort(): void {
    if (!this.#leave()) return;
    this.#sink.abort();
  }

  /** The client has gone. */
  lost(): void {
    this.#leave();
  }

  #leave(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    if (this.#timer !== undefined) clearInterval(this.#timer);
    if (this.#expiry !== undefined) clearTimeout(this.#expiry);
    this.#sinks.left(this);
    this.#lost();
    return true;
  }
}

export function tooManyStreams(who: string): HttpError {
  return new HttpError(429, `${who} too many open streams: close one first.`, {
    headers: [["retry-after", "5"]],
  });
}

/** All event streams of one endpoint. */
export class EventSinks {
  readonly settings: HttpSettings;
  readonly observer: Observer | undefined;
  readonly #open = new Set<EventSink>();
  /** How many each principal has open. Those whom nobody knows are not told apart, and not counted. */
  readonly #owned = new Tally();
  readonly #keepAlive: KeepAlive | undefined;

  constructor(settings: HttpSettings, observer?: Observer) {
    this.settings = settings;
    this.observer = observer;
    if (settings.keepAliveMs > 0) this.#keepAlive = new KeepAlive(settings.keepAliveMs, this.#open);
  }

  get size(): number {
    return this.#open.size;
  }

  get #full(): boolean {
    return this.#open.size >= this.settings.maxStreams;
  }

  /** Whether this principal may open no more now. */
  full(owner: string): boolean {
    return this.#full || this.#owned.of(owner) >= this.settings.maxStreamsPerPrincipal;
  }

  /** @throws HttpError 503 when too many are open, 429 when too many are this principal's */
  open(exchange: Exchange, headers: Headers, owner: string, lost: () => void): EventSink {
    if (this.#full) {
      throw new HttpError(503, "Too many event streams are open: try again later.", {
        headers: [["retry-after", "5"]],
      });
    }
    if (this.full(owner)) throw tooManyStreams("You have");
    const bytes = exchange.stream([...STREAM_HEADERS, ...headers]);
    const { keepAliveMs } = this.settings;
    const sink = new EventSink(
      bytes,
      this,
      owner,
      bytes.ownTimer ? undefined : this.#keepAlive?.join(),
      lost,
    );
    if (bytes.ownTimer && keepAliveMs > 0) sink.keepAliveEvery(keepAliveMs);
    exchange.onClose(() => sink.lost());
    this.#open.add(sink);
    if (owner !== "") this.#owned.add(owner, 1);
    return sink;
  }

  left(sink: EventSink): void {
    this.#open.delete(sink);
    if (sink.owner !== "") this.#owned.add(sink.owner, -1);
    if (this.#open.size === 0) this.#keepAlive?.stop();
  }

  abortAll(): void {
    for (const sink of this.#open) sink.abort();
  }
}
