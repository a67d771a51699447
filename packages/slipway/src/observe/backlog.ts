import type { Run } from "./part.ts";

/** More would be kept alive for nothing. */
const MAX = 8;

/** Calls that have ended, of which is told together: when there are several, at the latest after this turn of the event loop. */
export class Backlog {
  readonly #tell: (runs: readonly Run[]) => void;
  #runs: Run[] = [];
  #waits = false;

  constructor(tell: (runs: readonly Run[]) => void) {
    this.#tell = tell;
    if (CAN_WAIT) process.prependListener("exit", this.flush);
  }

  add(run: Run): void {
    this.#runs.push(run);
    if (this.#runs.length >= MAX || !CAN_WAIT) this.flush();
    else if (!this.#waits) {
      this.#waits = true;
      setImmediate(this.#waited);
    }
  }

  readonly #waited = (): void => {
    this.#waits = false;
    this.flush();
  };

  readonly flush = (): void => {
    const runs = this.#runs;
    if (runs.length === 0) return;
    this.#runs = [];
    this.#tell(runs);
  };

  close(): void {
    this.flush();
    if (CAN_WAIT) process.off("exit", this.flush);
  }
}

const { navigator } = globalThis as { navigator?: { userAgent?: string } };

/** A Worker may be stopped with its last answer. */
const CAN_WAIT = typeof setImmediate === "function" && navigator?.userAgent !== "Cloudflare-Workers";
