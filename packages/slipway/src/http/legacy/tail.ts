import type { EventSink } from "../sinks.ts";
import { sseRetry } from "../sse.ts";
import type { Delivered } from "./event-stream.ts";

export interface TailSource {
  /** Events after an id, as they are sent, by their ids. */
  missedSince(eventId: string): Promise<ReadonlyMap<string, string>>;
  /** Whether the call that the stream answers goes on, wherever. */
  goesOn(): Promise<boolean>;
}

/** How often a tail looks by itself, in milliseconds: a bell that was lost costs no more than that. */
const LOOK_MS = 2_000;

/** A connection to a stream whose events another machine appends. */
export class Tail {
  readonly #source: TailSource;
  readonly #sink: EventSink;
  #lastEventId: string;
  #looking: Promise<void> | undefined;
  #again = false;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #delivered: Delivered | undefined;
  /** When the first event was appended of those that it was told of since its last look. */
  #since: number | undefined;

  constructor(source: TailSource, sink: EventSink, lastEventId: string, delivered?: Delivered) {
    this.#delivered = delivered;
    this.#source = source;
    this.#sink = sink;
    this.#lastEventId = lastEventId;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /**
   * Sends what has come since; one look at a time.
   * @param at when it was appended, where that is known
   */
  look(at?: number): void {
    this.#since ??= at;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.look();
    });
  }

  async #look(): Promise<void> {
    if (!this.#sink.open) return this.stop();
    const since = this.#since;
    this.#since = undefined;
    try {
      // Asked first, so that what the call said last is among what is sent.
      const goesOn = await this.#source.goesOn();
      const missed = await this.#source.missedSince(this.#lastEventId);
      this.#lastEventId = [...missed.keys()].at(-1) ?? this.#lastEventId;
      if (missed.size > 0) {
        const written = this.#sink.write([...missed.values()].join(""));
        if (since !== undefined) this.#delivered?.(since, "elsewhere");
        await written;
      }
      if (!goesOn) this.stop();
    } catch {
      // The store is away, or has trimmed the events: the client finds out which when it comes back.
      this.#sink.abort();
      this.stop();
    }
  }

  /** @param retryMs how long the client should wait before it comes back, where it is to */
  stop(retryMs?: number): void {
    clearInterval(this.#timer);
    if (retryMs !== undefined) void this.#sink.write(sseRetry(retryMs));
    this.#sink.end();
  }
}
