/** One turn after another, however often and whenever they are asked for; what is asked for during a turn is one more. */
export class Turns {
  #asked = false;
  #ended = false;
  #wake = () => {};

  ask(): void {
    this.#asked = true;
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Waits for the next turn; `false` when there will be none. */
  async next(): Promise<boolean> {
    while (!this.#asked && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#asked = false;
    return !this.#ended;
  }
}
