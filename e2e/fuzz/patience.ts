/** How long what must come may take, in milliseconds. */
export const PATIENCE_MS = 10_000;

/** So many turns of the event loop are waited for before any time is. */
const TURNS = 50;
const PAUSE_MS = 5;

/** Waits for something again and again, not by the clock: what gets no time of its machine is not late. */
export class Patience {
  #turns = 0;

  /** Waits a little; `false` when all patience is at its end. */
  async wait(): Promise<boolean> {
    if (this.#turns++ < TURNS) await nextTurn();
    else await new Promise((done) => setTimeout(done, PAUSE_MS));
    return (this.#turns - TURNS) * PAUSE_MS < PATIENCE_MS;
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
