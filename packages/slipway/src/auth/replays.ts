import { Unavailable } from "./refused.ts";

/** Notes which proofs were used. */
export interface Replays {
  /**
   * Notes an id for `ttlMs` milliseconds, in one step with looking whether it is noted already.
   * @returns whether it was not
   */
  isFirst(id: string, ttlMs: number): boolean | Promise<boolean>;
}

/** Notes proofs in this process. */
export class InMemoryReplays implements Replays {
  readonly #max: number;
  readonly #until = new Map<string, number>();
  #sweptAt = 0;

  /** @param max how many ids are noted at once. Above it requests are refused for a moment, since a forgotten id could be replayed. */
  constructor(max = 100_000) {
    this.#max = max;
  }

  /** @throws Unavailable when there is no more room */
  isFirst(id: string, ttlMs: number): boolean {
    const now = Date.now();
    if ((this.#until.get(id) ?? 0) > now) return false;
    this.#sweep(now);
    if (this.#until.size >= this.#max) throw new Unavailable(`${this.#max} proofs are noted already.`);
    this.#until.set(id, now + ttlMs);
    return true;
  }

  /** Once a second at most, so that a full cache costs no more than one that is not. */
  #sweep(now: number): void {
    if (now < this.#sweptAt + 1000 && this.#until.size < this.#max) return;
    if (now === this.#sweptAt) return;
    this.#sweptAt = now;
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id);
  }
}
