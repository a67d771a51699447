import type { ByteSink, Exchange, Headers } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
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
export class EventSink {
  readonly #sink: ByteSink;
  readonly #maxBuffered: number;
  readonly #left: (sink: EventSink) => void;
  // Each has its own, as a Worker's timers and streams live and die with their request.
  readonly #keepAlive: ReturnType<typeof setInterval> | undefined;
  #open = true;

  constructor(sink: ByteSink, settings: HttpSettings, left: (sink: EventSink) => void) {
    this.#sink = sink;
    this.#maxBuffered = settings.maxBufferedBytes;
    this.#left = left;
    if (settings.keepAliveMs > 0) {
      this.#keepAlive = setInterval(() => void this.write(SSE_KEEP_ALIVE), settings.keepAliveMs);
      (this.#keepAlive as { unref?: () => void }).unref?.();
    }
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
    if (this.#sink.buffered > this.#maxBuffered) {
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
    clearInterval(this.#keepAlive);
    this.#left(this);
    return true;
  }
}

/** All event streams of one endpoint. */
export class EventSinks {
  readonly #settings: HttpSettings;
  readonly #open = new Set<EventSink>();

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Whether no more may be opened now. */
  get full(): boolean {
    return this.#open.size >= this.#settings.maxStreams;
  }

  /** @throws HttpError 503 when too many are open */
  open(exchange: Exchange, headers: Headers, lost: () => void): EventSink {
    if (this.full) {
      throw new HttpError(503, "Too many event streams are open: try again later.", {
        headers: [["retry-after", "5"]],
      });
    }
    const bytes = exchange.stream([...STREAM_HEADERS, ...headers]);
    const sink = new EventSink(bytes, this.#settings, (left) => {
      this.#open.delete(left);
      lost();
    });
    exchange.onClose(() => sink.lost());
    this.#open.add(sink);
    return sink;
  }

  abortAll(): void {
    for (const sink of this.#open) sink.abort();
  }
}
