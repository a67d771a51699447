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
  readonly turn: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #open = true;

  constructor(sink: ByteSink, sinks: EventSinks, turn: number | undefined, lost: () => void) {
    this.#sink = sink;
    this.#sinks = sinks;
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

  get open(): boolean {
    return this.#open;
  }

  /**
   * Sends text; a reader that is too far behind is cut off instead. Waits only for a slow one. What counts is
   * what came before, so that a message that is longer than the bound can be sent at all.
   */
  write(text: string): void | Promise<void> {
    if (!this.#open) return;
    if (this.#sink.buffered > this.#sinks.settings.maxBufferedBytes) {
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
    this.#sinks.left(this);
    this.#lost();
    return true;
  }
}

/** All event streams of one endpoint. */
export class EventSinks {
  readonly settings: HttpSettings;
  readonly #open = new Set<EventSink>();
  readonly #keepAlive: KeepAlive | undefined;

  constructor(settings: HttpSettings) {
    this.settings = settings;
    if (settings.keepAliveMs > 0) this.#keepAlive = new KeepAlive(settings.keepAliveMs, this.#open);
  }

  get size(): number {
    return this.#open.size;
  }

  /** Whether no more may be opened now. */
  get full(): boolean {
    return this.#open.size >= this.settings.maxStreams;
  }

  /** @throws HttpError 503 when too many are open */
  open(exchange: Exchange, headers: Headers, lost: () => void): EventSink {
    if (this.full) {
      throw new HttpError(503, "Too many event streams are open: try again later.", {
        headers: [["retry-after", "5"]],
      });
    }
    const bytes = exchange.stream([...STREAM_HEADERS, ...headers]);
    const { keepAliveMs } = this.settings;
    const sink = new EventSink(bytes, this, bytes.ownTimer ? undefined : this.#keepAlive?.join(), lost);
    if (bytes.ownTimer && keepAliveMs > 0) sink.keepAliveEvery(keepAliveMs);
    exchange.onClose(() => sink.lost());
    this.#open.add(sink);
    return sink;
  }

  left(sink: EventSink): void {
    this.#open.delete(sink);
    if (this.#open.size === 0) this.#keepAlive?.stop();
  }

  abortAll(): void {
    for (const sink of this.#open) sink.abort();
  }
}
