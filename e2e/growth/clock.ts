interface Timer {
  due: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. It takes over the program's timers, but not Node's own. */
export class Clock {
  now = 0;
  readonly #timers = new Set<Timer>();

  install(): void {
    const begin = (run: () => void, ms: number, every?: number) => {
      const timer = { due: this.now + ms, every, run };
      this.#timers.add(timer);
      return Object.assign(timer, { ref: () => timer, unref: () => timer, hasRef: () => false });
    };
    const end = (timer: unknown) => void this.#timers.delete(timer as Timer);
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms = 0) => begin(run, ms),
      setInterval: (run: () => void, ms = 0) => begin(run, ms, ms),
      clearTimeout: end,
      clearInterval: end,
    });
  }

  /** Timers that wait. */
  get size(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and the program do what it does at each moment. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(...[...this.#timers].map(({ due }) => due), end + 1);
      if (next > end) break;
      this.now = next;
      for (const timer of this.#timers) if (timer.due === next) this.#fire(timer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.now = end;
  }

  #fire(timer: Timer): void {
    if (timer.every === undefined) this.#timers.delete(timer);
    else timer.due += Math.max(1, timer.every);
    timer.run();
  }
}
