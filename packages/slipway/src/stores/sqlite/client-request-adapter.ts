import type { ClientRequestAdapter, PendingOptions } from "../../ports/index.ts";
import type { RequestId } from "../../protocol/jsonrpc.ts";
import { bound } from "../memory/bound.ts";
import { jsonText } from "../memory/json-text.ts";
import { whole } from "../sql/options.ts";
import {
  PendingWaits,
  reasonOutcome,
  responseOutcome,
  timeoutError,
  WAIT_LEASE_MS,
  waitKey,
} from "../sql/pending-waits.ts";
import { createPending, endPending, renewPending, settlePending, takeOutcomes } from "./commands/pending.ts";
import type { Database } from "./database.ts";
import type { Poller } from "./poller.ts";

/** Keeps waits in the file; the process that waits looks for its outcomes. */
export class SqliteClientRequestAdapter implements ClientRequestAdapter {
  readonly #instance = crypto.randomUUID();
  readonly #waits = new PendingWaits();
  readonly #db: Database;
  readonly #poller: Poller;
  readonly #defaultTimeoutMs: number;
  readonly #look = (changed: boolean) => this.#collect(changed);
  #renewedAt = 0;

  constructor(db: Database, poller: Poller, defaultTimeoutMs: number) {
    this.#db = db;
    this.#poller = poller;
    this.#defaultTimeoutMs = defaultTimeoutMs;
  }

  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options: PendingOptions = {},
  ): { promise: Promise<unknown> } {
    const timeoutMs = bound("timeoutMs", options.timeoutMs, this.#defaultTimeoutMs, 0);
    const key = waitKey(sessionId, requestId);
    const now = Date.now();
    const promise = this.#waits.begin(key, timeoutMs, () => this.#expire(key, timeoutMs));
    try {
      if (this.#waits.size === 1) this.#renewedAt = now;
      const deadline = now + whole(timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs);
      createPending(this.#db, key, this.#instance, deadline, Math.min(deadline, now + WAIT_LEASE_MS));
      this.#poller.add(this.#look);
    } catch (error) {
      this.#waits.fail(key, error);
    }
    return { promise };
  }

  resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown): boolean {
    return this.#settle(waitKey(sessionId, requestId), responseOutcome(jsonText(response, "a response")));
  }

  /** The wait ends with an Error of the reason's message. */
  rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown): boolean {
    return this.#settle(waitKey(sessionId, requestId), reasonOutcome(reason));
  }

  close(): void {
    this.#poller.remove(this.#look);
    this.#waits.failAll(new Error("The store was closed while a request waited for its client."));
  }

  #settle(key: string, outcome: string): boolean {
    if (!settlePending(this.#db, key, outcome, Date.now())) return false;
    if (this.#waits.has(key)) this.#collect(true);
    return true;
  }

  #collect(changed: boolean): void {
    const now = Date.now();
    if (now >= this.#renewedAt + WAIT_LEASE_MS / 4) {
      renewPending(this.#db, this.#instance, now + WAIT_LEASE_MS);
      this.#renewedAt = now;
    }
    if (changed) {
      for (const { key, outcome } of takeOutcomes(this.#db, this.#instance)) this.#waits.settle(key, outcome);
    }
    if (this.#waits.size === 0) this.#poller.remove(this.#look);
  }

  #expire(key: string, timeoutMs: number): void {
    try {
      const ended = endPending(this.#db, key, this.#instance);
      // An answer may have come at the last moment.
      if (ended?.outcome != null) this.#waits.settle(key, ended.outcome);
    } catch {
      // The wait ends all the same; what is kept of it expires.
    }
    this.#waits.fail(key, timeoutError(timeoutMs));
    if (this.#waits.size === 0) this.#poller.remove(this.#look);
  }
}
