import type { ClientRequestAdapter, PendingOptions, PendingRequest } from "../../../ports/index.ts";
import type { RequestId } from "../../../protocol/jsonrpc.ts";
import { bound } from "../../memory/bound.ts";
import { jsonText } from "../../memory/json-text.ts";
import {
  PendingWaits,
  reasonOutcome,
  responseOutcome,
  timeoutError,
  waitKey,
} from "../../sql/pending-waits.ts";
import type { Objects } from "./objects.ts";
import type { WorkerSocket } from "./platform.ts";
import { DONE } from "./wire.ts";

const RETRY_MS = 500;

/** Keeps waits in the shards of their sessions; each waits on a connection of its own, which an idle object need not serve. */
export class DurableClientRequestAdapter implements ClientRequestAdapter {
  readonly #objects: Objects;
  readonly #defaultTimeoutMs: number;
  readonly #waits = new PendingWaits();
  /** By the keys of the waits. */
  readonly #current = new Map<string, Wait>();

  constructor(objects: Objects, defaultTimeoutMs: number) {
    this.#objects = objects;
    this.#defaultTimeoutMs = defaultTimeoutMs;
  }

  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options: PendingOptions = {},
  ): PendingRequest {
    const timeoutMs = bound("timeoutMs", options.timeoutMs, this.#defaultTimeoutMs, 0);
    const key = waitKey(sessionId, requestId);
    this.#current.get(key)?.end();
    const wait: Wait = new Wait(this.#objects, this.#place(sessionId, requestId), key, timeoutMs, (outcome) =>
      this.#settle(wait, outcome),
    );
    this.#current.set(key, wait);
    const promise = this.#waits.begin(key, timeoutMs, () => void this.#expire(wait, timeoutMs));
    const ready = wait.begin();
    ready.catch((error) => this.#fail(wait, error));
    return { promise, ready };
  }

  resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown): Promise<boolean> {
    return this.#answer(sessionId, requestId, responseOutcome(jsonText(response, "a response")));
  }

  /** The wait ends with an Error of the reason's message. */
  rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown): Promise<boolean> {
    return this.#answer(sessionId, requestId, reasonOutcome(reason));
  }

  close(): void {
    for (const wait of this.#current.values()) wait.end();
    this.#current.clear();
    this.#waits.failAll(new Error("The store was closed while a request waited for its client."));
  }

  #answer(sessionId: string | undefined, requestId: RequestId, outcome: string): Promise<boolean> {
    const place = this.#place(sessionId, requestId);
    return this.#objects.call(place, "settleWait", waitKey(sessionId, requestId), outcome);
  }

  #place(sessionId: string | undefined, requestId: RequestId): number {
    return this.#objects.shardOf(sessionId ?? String(requestId));
  }

  #settle(wait: Wait, outcome: string | undefined): void {
    if (outcome === undefined)
      this.#fail(wait, new Error("The wait is kept no more: another took its place."));
    else if (this.#forget(wait)) this.#waits.settle(wait.key, outcome);
  }

  #fail(wait: Wait, error: unknown): void {
    if (this.#forget(wait)) this.#waits.fail(wait.key, error);
  }

  async #expire(wait: Wait, timeoutMs: number): Promise<void> {
    // An answer may have come at the last moment.
    const outcome = await wait.stop().catch(() => undefined);
    if (outcome !== undefined) this.#settle(wait, outcome);
    this.#fail(wait, timeoutError(timeoutMs));
  }

  /** `false` when another wait has the key by now, or none. */
  #forget(wait: Wait): boolean {
    wait.end();
    return this.#current.get(wait.key) === wait && this.#current.delete(wait.key);
  }
}

/** One wait, and its connection to the object that keeps it. */
class Wait {
  readonly key: string;
  readonly #id = crypto.randomUUID();
  readonly #objects: Objects;
  readonly #place: number;
  readonly #deadline: number;
  readonly #ended: (outcome: string | undefined) => void;
  #socket: WorkerSocket | undefined;
  #over = false;

  /** @param timeoutMs 0 is no limit */
  constructor(
    objects: Objects,
    place: number,
    key: string,
    timeoutMs: number,
    ended: (outcome: string | undefined) => void,
  ) {
    this.#objects = objects;
    this.#place = place;
    this.key = key;
    this.#deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    this.#ended = ended;
  }

  /** Resolves when an answer would find the wait; what has come before the connection is told of on it. */
  async begin(): Promise<void> {
    const left = Math.max(0, this.#deadline - Date.now());
    await this.#objects.call(this.#place, "beginWait", this.key, this.#id, left);
    void this.#listen();
  }

  async #listen(): Promise<void> {
    try {
      const socket = await this.#objects.connect(this.#place, "wait", this.#id);
      this.#socket = socket;
      socket.addEventListener("message", () => void this.#look());
      for (const end of ["close", "error"] as const) socket.addEventListener(end, () => this.#lost(socket));
      if (this.#over) this.end();
    } catch {
      await this.#again();
    }
  }

  #lost(socket: WorkerSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    void this.#again();
  }

  async #again(): Promise<void> {
    while (!this.#over) {
      await pause();
      try {
        return await this.begin();
      } catch {
        // The object may be back at the next attempt, and the wait has its limit.
      }
    }
  }

  /** Ends the wait where it is kept. How it had ended before, if it had. */
  stop(): Promise<string | undefined> {
    return this.#objects.call(this.#place, "endWait", this.key, this.#id);
  }

  end(): void {
    this.#over = true;
    const socket = this.#socket;
    this.#socket = undefined;
    try {
      socket?.close(DONE, "");
    } catch {
      // It has broken already; what is kept of the wait expires.
    }
  }

  async #look(): Promise<void> {
    while (!this.#over) {
      try {
        this.#ended(await this.#objects.call(this.#place, "readWait", this.#id));
        return;
      } catch {
        await pause();
      }
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, RETRY_MS);
  });
}
