import { ClientRequestTimeoutError } from "../../ports/index.ts";
import type { RequestId } from "../../protocol/jsonrpc.ts";
import { MAX_TIMER_MS } from "../../protocol/timer.ts";
import { parsed } from "./text.ts";

/** How a wait ended, as it is kept: JSON. */
type Outcome = { readonly response: string } | { readonly reason: string };

/** An instance that has not said for this long that it waits does not wait any more. */
export const WAIT_LEASE_MS = 120_000;

interface Wait {
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** The waits of this process, by their keys. */
export class PendingWaits {
  readonly #waits = new Map<string, Wait>();

  get size(): number {
    return this.#waits.size;
  }

  has(key: string): boolean {
    return this.#waits.has(key);
  }

  /** Begins a wait, and calls `expire` when its time is over; 0 is no limit. */
  begin(key: string, timeoutMs: number, expire: () => void): Promise<unknown> {
    this.fail(key, new Error("A newer request took this one's session and id; ids must be unique."));
    const promise = new Promise<unknown>((resolve, reject) => {
      const wait: Wait = { resolve, reject, timer: undefined };
      this.#waits.set(key, wait);
      if (timeoutMs > 0 && timeoutMs !== Number.POSITIVE_INFINITY) wait.timer = startTimer(timeoutMs, expire);
    });
    // Whoever asked may have gone before it looked at the promise.
    promise.catch(() => {});
    return promise;
  }

  settle(key: string, text: string): void {
    const wait = this.#take(key);
    if (wait === undefined) return;
    const outcome: Outcome = JSON.parse(text);
    if ("response" in outcome) wait.resolve(parsed(outcome.response));
    else wait.reject(new Error(outcome.reason));
  }

  fail(key: string, reason: unknown): void {
    this.#take(key)?.reject(reason);
  }

  failAll(reason: unknown): void {
    for (const key of [...this.#waits.keys()]) this.fail(key, reason);
  }

  #take(key: string): Wait | undefined {
    const wait = this.#waits.get(key);
    if (wait === undefined) return undefined;
    this.#waits.delete(key);
    clearTimeout(wait.timer);
    return wait;
  }
}

/** Quoted, so that no two pairs meet in one key. */
export function waitKey(sessionId: string | undefined, requestId: RequestId): string {
  return JSON.stringify([sessionId, requestId]);
}

export function responseOutcome(response: string): string {
  return JSON.stringify({ response } satisfies Outcome);
}

export function reasonOutcome(reason: unknown): string {
  return JSON.stringify({
    reason: reason instanceof Error ? reason.message : String(reason),
  } satisfies Outcome);
}

export function timeoutError(timeoutMs: number): ClientRequestTimeoutError {
  return new ClientRequestTimeoutError(
    `Expected the client's answer within ${timeoutMs} ms, got none; ask again, or raise timeoutMs.`,
  );
}

function startTimer(delayMs: number, run: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, Math.min(delayMs, MAX_TIMER_MS));
  // Node's timers are objects. Whatever the answer would come in through keeps the process alive.
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
