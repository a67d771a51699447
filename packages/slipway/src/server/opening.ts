/** How long a client that never says that it is ready is waited for, in milliseconds. */
const PATIENCE_MS = 2_000;

/**
 * The time from `initialize` to `notifications/initialized`, in which a client is asked nothing and told of no
 * changes. It ends by itself for clients that forget to say that they are ready, and for those that say it to
 * another machine.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization
 */
export class Opening {
  readonly #until = performance.now() + PATIENCE_MS;
  #over = false;
  #waiting: (() => void)[] = [];

  get over(): boolean {
    return this.#over || performance.now() >= this.#until;
  }

  /** The client is ready. */
  end(): void {
    this.#over = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves when the time is over, or `signal` fires. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.over || signal.aborted) return;
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = () => resolve();
    });
    this.#waiting.push(go);
    signal.addEventListener("abort", go, { once: true });
    const timer = setTimeout(go, this.#until - performance.now());
    await gone;
    clearTimeout(timer);
    signal.removeEventListener("abort", go);
  }
}
