import {
  type ClientRequestAdapter,
  ClientRequestTimeoutError,
  type PendingOptions,
} from "../../ports/index.ts";
import type { RequestId } from "../../protocol/jsonrpc.ts";
import { MAX_TIMER_MS } from "../../protocol/timer.ts";
import { bound } from "./bound.ts";

export interface InMemoryClientRequestOptions {
  /** How long to wait for an answer, in milliseconds. 0: no limit. Default 5 minutes. */
  defaultTimeoutMs?: number;
  /** Requests that may wait at once; at least 1, `Infinity` for no bound. Default 10,000. */
  maxPending?: number;
}

interface Pending {
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Connects questions with their answers in this process's memory, for a server that runs as one process.
 *
 * The promise of `createPending` rejects with a {@link ClientRequestTimeoutError} when the time is over, and
 * with an Error when `maxPending` requests wait already or a newer request takes the same session and id.
 * It may be left without a handler. The timers do not keep a Node process alive.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export class InMemoryClientRequestAdapter implements ClientRequestAdapter {
  readonly #pending = new Map<string, Pending>();
  readonly #defaultTimeoutMs: number;
  readonly #maxPending: number;

  constructor(options: InMemoryClientRequestOptions = {}) {
    this.#defaultTimeoutMs = bound("defaultTimeoutMs", options.defaultTimeoutMs, 5 * 60_000, 0);
    this.#maxPending = bound("maxPending", options.maxPending, 10_000);
  }

  /** Requests that wait for their answer. */
  get size(): number {
    return this.#pending.size;
  }

  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options: PendingOptions = {},
  ): { promise: Promise<unknown> } {
    const timeoutMs = bound("timeoutMs", options.timeoutMs, this.#defaultTimeoutMs, 0);
    const key = keyOf(sessionId, requestId);
    this.#take(key)?.reject(new Error("A newer request took this one's session and id; ids must be unique."));

    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#pending.size >= this.#maxPending) {
        reject(
          new Error(
            `${this.#maxPending} requests wait for their clients already; try again later, or raise maxPending.`,
          ),
        );
        return;
      }
      const pending: Pending = { resolve, reject, timer: undefined };
      this.#pending.set(key, pending);
      if (timeoutMs > 0 && timeoutMs !== Number.POSITIVE_INFINITY) {
        pending.timer = startTimer(timeoutMs, () => this.#expire(key, timeoutMs));
      }
    });
    // Whoever asked may have gone before it looked at the promise.
    promise.catch(() => {});
    return { promise };
  }

  resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown): boolean {
    const pending = this.#take(keyOf(sessionId, requestId));
    pending?.resolve(response);
    return pending !== undefined;
  }

  rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown): boolean {
    const pending = this.#take(keyOf(sessionId, requestId));
    pending?.reject(reason);
    return pending !== undefined;
  }

  #expire(key: string, timeoutMs: number): void {
    this.#take(key)?.reject(
      new ClientRequestTimeoutError(
        `Expected the client's answer within ${timeoutMs} ms, got none; ask again, or raise timeoutMs.`,
      ),
    );
  }

  /** Whoever takes it settles it, so it is settled once. */
  #take(key: string): Pending | undefined {
    const pending = this.#pending.get(key);
    if (pending === undefined) return undefined;
    this.#pending.delete(key);
    clearTimeout(pending.timer);
    return pending;
  }
}

/** Quoted, so that no two pairs meet in one key. */
function keyOf(sessionId: string | undefined, requestId: RequestId): string {
  return JSON.stringify([sessionId, requestId]);
}

function startTimer(delayMs: number, run: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, Math.min(delayMs, MAX_TIMER_MS));
  // Node's timers are objects. Whatever the answer would come in through keeps the process alive.
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
