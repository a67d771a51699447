const WINDOW_MS = 1000;

/** Lets so many through in a second, and tells how many it has not. */
export class Flood {
  readonly #max: number;
  readonly #tell: (count: number) => void;
  #begun = Number.NEGATIVE_INFINITY;
  #admitted = 0;
  #leftOut = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws TypeError when `max` is negative, or no number */
  constructor(max: number, tell: (count: number) => void) {
    if (!(max >= 0)) throw new TypeError(`maxRefusedPerSecond: expected a number from 0 on, got ${max}.`);
    this.#max = max;
    this.#tell = tell;
  }

  admits(): boolean {
    const now = performance.now();
    if (now - this.#begun >= WINDOW_MS) {
      this.close();
      this.#begun = now;
      this.#admitted = 0;
    }
    if (this.#admitted < this.#max) {
      this.#admitted++;
      return true;
    }
    this.#leftOut++;
    // Nobody may come any more who would have it told.
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.close(), WINDOW_MS);
      (this.#timer as { unref?: () => void }).unref?.();
    }
    return false;
  }

  /** Tells what was left out. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const count = this.#leftOut;
    this.#leftOut = 0;
    if (count > 0) this.#tell(count);
  }
}
