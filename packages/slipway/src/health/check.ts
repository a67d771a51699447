/** Rejects, throws, or gives `false`, when what it looks at does not work. Should stop when the signal fires. */
export type HealthCheck = (signal: AbortSignal) => unknown;

/** How a part of the server is: it works, it does not, or that could not be found out in time. */
export type ComponentStatus = "up" | "down" | "timed-out";

export interface CheckResult {
  readonly status: ComponentStatus;
  /** How long it took to find out, in milliseconds. */
  readonly ms: number;
  /** What is wrong, for the log. */
  readonly error?: unknown;
}

/** After so many times its time a check that has not ended is begun anew. */
const GIVEN_UP = 10;

/** One check, that ends in time whatever it does, and of which one run is under way at most. */
export class TimedCheck {
  readonly #check: HealthCheck;
  readonly #timeoutMs: number;
  /** When the run began that has not ended. */
  #since: number | undefined;

  constructor(check: HealthCheck, timeoutMs: number) {
    this.#check = check;
    this.#timeoutMs = timeoutMs;
  }

  /** Never rejects. */
  async run(): Promise<CheckResult> {
    const begun = performance.now();
    const ms = () => Math.round((performance.now() - begun) * 10) / 10;
    if (this.#since !== undefined && begun < this.#since + GIVEN_UP * this.#timeoutMs) {
      return {
        status: "timed-out",
        ms: ms(),
        error: new Error("An earlier run of the check has not ended."),
      };
    }
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<CheckResult>((resolve) => {
      timer = setTimeout(() => {
        const error = new Error(`The check did not end within ${this.#timeoutMs} ms.`);
        stop.abort(error);
        resolve({ status: "timed-out", ms: ms(), error });
      }, this.#timeoutMs);
    });
    const looked = this.#look(stop.signal, begun).then(
      (): CheckResult => ({ status: "up", ms: ms() }),
      (error: unknown): CheckResult => ({ status: "down", ms: ms(), error }),
    );
    const result = await Promise.race([looked, late]);
    clearTimeout(timer);
    return result;
  }

  async #look(signal: AbortSignal, begun: number): Promise<void> {
    this.#since = begun;
    try {
      if ((await this.#check(signal)) === false) throw new Error("The check gave false.");
    } finally {
      // A later run may have begun since.
      if (this.#since === begun) this.#since = undefined;
    }
  }
}
