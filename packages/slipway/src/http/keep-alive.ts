/** What is kept alive. */
export interface Kept {
  /** When in the interval it is, as {@link KeepAlive.join} said. */
  readonly turn: number | undefined;
  keepAlive(): void;
}

/** So many times in an interval some of the streams get their turn, so that not all are written to at once. */
const TURNS = 8;

/** Keeps many streams alive with one timer: none is silent for longer than the interval. */
export class KeepAlive {
  readonly #ms: number;
  readonly #streams: ReadonlySet<Kept>;
  #timer: ReturnType<typeof setInterval> | undefined;
  #turn = 0;

  constructor(ms: number, streams: ReadonlySet<Kept>) {
    this.#ms = ms;
    this.#streams = streams;
  }

  /** The turn of a stream that begins now: the one that was last, which comes again when the interval is over. */
  join(): number {
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#next(), this.#ms / TURNS);
      (this.#timer as { unref?: () => void }).unref?.();
    }
    return this.#turn;
  }

  #next(): void {
    this.#turn = (this.#turn + 1) % TURNS;
    for (const stream of this.#streams) if (stream.turn === this.#turn) stream.keepAlive();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
