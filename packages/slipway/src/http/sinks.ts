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
  #open = true;

  constructor(sink: ByteSink, maxBuffered: number, left: (sink: EventSink) => void) {
    this.#sink = sink;
    this.#maxBuffered = maxBuffered;
    this.#left = left;
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
    this.#left(this);
    return true;
  }
}

/** All event streams of one endpoint: counted, and kept alive while they are silent. */
export class EventSinks {
  readonly #settings: HttpSettings;
  readonly #open = new Set<EventSink>();
  #timer: ReturnType<typeof setInterval> | undefined;

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
    const sink = new EventSink(bytes, this.#settings.maxBufferedBytes, (left) => {
      this.#open.delete(left);
      this.#tick();
      lost();
    });
    exchange.onClose(() => sink.lost());
    this.#open.add(sink);
    this.#tick();
    return sink;
  }

  abortAll(): void {
    for (const sink of this.#open) sink.abort();
  }

  #tick(): void {
    const { keepAliveMs } = this.#settings;
    if (this.#open.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined && keepAliveMs > 0) {
      this.#timer = setInterval(() => {
        for (const sink of this.#open) sink.write(SSE_KEEP_ALIVE);
      }, keepAliveMs);
      (this.#timer as { unref?: () => void }).unref?.();
    }
  }
}
