/** Where a person types: standard input, as a rule. */
export interface Keyboard {
  readonly isTTY?: boolean | undefined;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (text: string) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Reads what is typed, line by line. The terminal does the editing, and Ctrl-C stays the signal that it is. */
export class Lines {
  readonly #keyboard: Keyboard;
  readonly #typed: string[] = [];
  #rest = "";
  #ended = false;
  #begun = false;
  #wake = () => {};

  constructor(keyboard: Keyboard) {
    this.#keyboard = keyboard;
  }

  /** The next line; undefined when there will be none. @throws what the signal fired with */
  async next(signal: AbortSignal): Promise<string | undefined> {
    this.#begin();
    const stop = () => this.#wake();
    signal.addEventListener("abort", stop, { once: true });
    this.#keyboard.resume();
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#typed.length > 0) return this.#typed.shift();
        if (this.#ended) return undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#keyboard.pause();
    }
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#keyboard.setEncoding("utf8");
    this.#keyboard.on("data", (text) => {
      const lines = (this.#rest + text).split(/\r?\n/);
      this.#rest = lines.pop() ?? "";
      this.#typed.push(...lines);
      this.#wake();
    });
    this.#keyboard.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
  }
}
