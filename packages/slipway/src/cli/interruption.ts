/** What a shell says of a program that Ctrl-C has ended. */
export const INTERRUPTED = 130;

/**
 * Ctrl-C, which first gives up what is being done, so that the server is told, and the second time ends the program at once.
 * SIGTERM does the same.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #told: () => void;
  readonly #forced: () => unknown;

  /**
   * @param told called the first time
   * @param forced called the second time, before the program ends
   */
  constructor(told: () => void, forced: () => unknown) {
    this.#told = told;
    this.#forced = forced;
    process.on("SIGINT", this.#interrupt);
    process.on("SIGTERM", this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly #interrupt = (): void => {
    if (this.signal.aborted) {
      this.#forced();
      process.exit(INTERRUPTED);
    }
    this.#told();
    this.#controller.abort(new Error("It was interrupted."));
  };

  done(): void {
    process.off("SIGINT", this.#interrupt);
    process.off("SIGTERM", this.#interrupt);
  }
}
