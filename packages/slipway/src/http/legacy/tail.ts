import type { EventSink } from "../sinks.ts";

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

  constructor(source: TailSource, sink: EventSink, lastEventId: string) {
    this.#source = source;
    this.#sink = sink;
    this.#lastEventId = lastEventId;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Sends what has come since; one look at a time. */
  look(): void {
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
    try {
      // Asked first, so that what the call said last is among what is sent.
      const goesOn = await this.#source.goesOn();
      const missed = await this.#source.missedSince(this.#lastEventId);
      this.#lastEventId = [...missed.keys()].at(-1) ?? this.#lastEventId;
      if (missed.size > 0) await this.#sink.write([...missed.values()].join(""));
      if (!goesOn) this.stop();
    } catch {
      // The store is away, or has trimmed the events: the client finds out which when it comes back.
      this.#sink.abort();
      this.stop();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sink.end();
  }
}
