import { MAX_TIMER_MS } from "../protocol/timer.ts";
import { ClientError } from "./errors.ts";

/** When a request is given up. */
export class Deadline {
  /** Fires when the time is up, or when the caller gives the request up. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #silenceMs: number;
  readonly #end: number;
  readonly #what: string;
  readonly #waits: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param what the request, for the error
   * @param silenceMs how long may pass without a word, in milliseconds
   * @param maxMs how long it may take altogether
   * @param caller fires when the caller gives it up
   * @param waits whether the server waits for this client meanwhile, which does not count as silence
   */
  constructor(
    what: string,
    silenceMs: number,
    maxMs: number,
    caller: AbortSignal | undefined,
    waits: () => boolean,
  ) {
    this.#what = what;
    this.#silenceMs = silenceMs;
    this.#end = performance.now() + maxMs;
    this.#waits = waits;
    this.signal = this.#controller.signal;
    this.#caller = caller;
    if (caller?.aborted) this.#giveUp();
    caller?.addEventListener("abort", this.#giveUp, { once: true });
    this.restart();
  }

  readonly #giveUp = (): void => {
    this.#controller.abort(this.#caller?.reason);
  };

  /** The server has said something. */
  restart(): void {
    clearTimeout(this.#timer);
    const left = Math.min(this.#silenceMs, this.#end - performance.now());
    if (this.#controller.signal.aborted || left === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#up(), Math.min(Math.max(left, 0), MAX_TIMER_MS));
  }

  #up(): void {
    const late = performance.now() >= this.#end - 1;
    if (!late && this.#waits()) {
      this.restart();
      return;
    }
    const after = late ? "the most that it may take" : `${this.#silenceMs} ms without a word`;
    this.#controller.abort(new ClientError("timeout", `${this.#what} was given up after ${after}.`));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#giveUp);
  }
}

/** Waits, unless the signal fires before. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
