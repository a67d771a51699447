import type { ClientRequestAdapter, PendingOptions, PendingRequest } from "../../ports/index.ts";
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
import {
  createPending,
  endPending,
  forgetOutcomes,
  readOutcomes,
  renewPending,
  settlePending,
} from "./commands/pending.ts";
import { Database, type PostgresConnectionOptions } from "./database.ts";
import { type Hearer, Listener } from "./listener.ts";
import type { PostgresPool } from "./pool.ts";

export interface PostgresClientRequestOptions extends PostgresConnectionOptions {
  /** How long to wait for an answer, in milliseconds. 0: no limit. Default 5 minutes. */
  requestTimeoutMs?: number;
}

/** Answers that could not be read are looked for again after so many milliseconds. */
const RETRY_MS = 500;

/**
 * Connects questions with their answers through Postgres: the answer may come to any instance. `ready` of a wait
 * resolves when an answer would find it; its promise rejects with a `StoreUnavailableError` when it cannot be kept.
 * A wait whose instance has died is found no more after two minutes.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export class PostgresClientRequestAdapter implements ClientRequestAdapter {
  readonly #instance = crypto.randomUUID();
  readonly #waits = new PendingWaits();
  readonly #db: Database;
  readonly #listener: Listener;
  readonly #defaultTimeoutMs: number;
  readonly #hearer: Hearer = {
    hear: (payload) => void (payload === `settled ${this.#instance}` && this.#collectSoon()),
    missed: () => this.#collectSoon(),
  };
  #timer: ReturnType<typeof setInterval> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** @param pool a `Pool` of `pg` with two connections at least; it is not ended */
  constructor(
    pool: PostgresPool,
    options?: PostgresClientRequestOptions,
    shared?: { db: Database; listener: Listener },
  ) {
    this.#defaultTimeoutMs = bound("requestTimeoutMs", options?.requestTimeoutMs, 5 * 60_000, 0);
    this.#db = shared?.db ?? new Database(pool, options ?? {});
    this.#listener = shared?.listener ?? new Listener(this.#db);
  }

  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options: PendingOptions = {},
  ): PendingRequest {
    const timeoutMs = bound("timeoutMs", options.timeoutMs, this.#defaultTimeoutMs, 0);
    const key = waitKey(sessionId, requestId);
    const promise = this.#waits.begin(key, timeoutMs, () => void this.#expire(key, timeoutMs));
    const ready = this.#keep(key, timeoutMs).catch((error: unknown) => {
      this.#waits.fail(key, error);
      this.#rest();
    });
    return { promise, ready };
  }

  async resolvePending(
    sessionId: string | undefined,
    requestId: RequestId,
    response: unknown,
  ): Promise<boolean> {
    return this.#settle(waitKey(sessionId, requestId), responseOutcome(jsonText(response, "a response")));
  }

  /** The wait ends with an Error of the reason's message. */
  async rejectPending(
    sessionId: string | undefined,
    requestId: RequestId,
    reason: unknown,
  ): Promise<boolean> {
    return this.#settle(waitKey(sessionId, requestId), reasonOutcome(reason));
  }

  /** Ends all waits of this instance with an error, and its connection. */
  close(): void {
    this.#waits.failAll(new Error("The store was closed while a request waited for its client."));
    this.#rest();
  }

  async #keep(key: string, timeoutMs: number): Promise<void> {
    this.#timer ??= startTimer(WAIT_LEASE_MS / 4, () => void this.#renew());
    await this.#listener.add(this.#hearer);
    const waitMs = whole(timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs);
    await this.#db.run(createPending, key, this.#instance, waitMs, WAIT_LEASE_MS);
    // Its time may be over already.
    if (!this.#waits.has(key)) await this.#db.run(endPending, key, this.#instance);
  }

  async #settle(key: string, outcome: string): Promise<boolean> {
    return (await this.#db.run(settlePending, key, outcome, this.#listener.channel)).length > 0;
  }

  /** Tries again until the answers are there, or nobody waits: no bell rings twice for them. */
  #collectSoon(): void {
    this.#collect().catch(() => {
      if (this.#waits.size === 0) return;
      this.#again ??= setTimeout(() => {
        this.#again = undefined;
        this.#collectSoon();
      }, RETRY_MS);
      (this.#again as { unref?: () => void }).unref?.();
    });
  }

  async #collect(): Promise<void> {
    const rows = await this.#db.run<{ key: string; outcome: string }>(readOutcomes, this.#instance);
    for (const { key, outcome } of rows) this.#waits.settle(key, outcome);
    this.#rest();
    if (rows.length === 0) return;
    // Only now, so that none is lost with a connection that breaks while they are read.
    const keys = rows.map(({ key }) => key);
    await this.#db.run(forgetOutcomes, this.#instance, keys);
  }

  async #renew(): Promise<void> {
    try {
      await this.#listener.run(renewPending, this.#instance, WAIT_LEASE_MS);
      await this.#collect();
    } catch {
      // The listener finds its way back, and what was missed is looked at then.
    }
  }

  async #expire(key: string, timeoutMs: number): Promise<void> {
    try {
      const [ended] = await this.#db.run<{ outcome: string | null }>(endPending, key, this.#instance);
      // An answer may have come at the last moment.
      if (ended?.outcome != null) this.#waits.settle(key, ended.outcome);
    } catch {
      // The wait ends all the same; what is kept of it expires.
    }
    this.#waits.fail(key, timeoutError(timeoutMs));
    this.#rest();
  }

  /** Listens no more when nobody waits. */
  #rest(): void {
    if (this.#waits.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#listener.remove(this.#hearer);
  }
}

function startTimer(intervalMs: number, run: () => void): ReturnType<typeof setInterval> {
  const timer = setInterval(run, intervalMs);
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
