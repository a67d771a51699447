import type { ClientRequestAdapter, PendingOptions, PendingRequest } from "../../ports/index.ts";
import type { RequestId } from "../../protocol/jsonrpc.ts";
import { bound } from "../memory/bound.ts";
import { jsonText } from "../memory/json-text.ts";
import { PendingWaits, reasonOutcome, responseOutcome, timeoutError, waitKey } from "../sql/pending-waits.ts";
import { type KvNamespace, kvKey, kvTtl } from "./kv.ts";

export interface KvClientRequestOptions {
  /** How long a question waits for the client's answer, in milliseconds. Default 5 minutes. */
  requestTimeoutMs?: number;
  /** How often a waiting request looks for its answer, in milliseconds. Each look is a read of KV. Default 1,000. */
  pollIntervalMs?: number;
}

/** Without a limit of its own a wait ends with what is kept of it. */
const LONGEST_MS = 24 * 60 * 60_000;

/**
 * Brings answers to waiting requests through Workers KV: the request that waits looks for its answer again and again.
 *
 * KV also remembers for up to a minute that a key did not exist. So an answer that is posted at another place in the
 * world than where the request waits may come a minute late, or be refused, as the question is not to be seen there
 * yet; at the same place it comes within `pollIntervalMs`. KV has no atomic step: of two answers to one question,
 * posted at the same time, both may be told that they were taken, and one of them is used.
 *
 * @see https://developers.cloudflare.com/kv/concepts/how-kv-works/
 */
export class KvClientRequestAdapter implements ClientRequestAdapter {
  readonly #kv: KvNamespace;
  readonly #waits = new PendingWaits();
  readonly #defaultTimeoutMs: number;
  readonly #pollIntervalMs: number;

  constructor(kv: KvNamespace, options: KvClientRequestOptions = {}) {
    this.#kv = kv;
    this.#defaultTimeoutMs = bound("requestTimeoutMs", options.requestTimeoutMs, 5 * 60_000);
    this.#pollIntervalMs = bound("pollIntervalMs", options.pollIntervalMs, 1_000);
  }

  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options: PendingOptions = {},
  ): PendingRequest {
    const given = bound("timeoutMs", options.timeoutMs, this.#defaultTimeoutMs, 0);
    const timeoutMs = given === 0 ? LONGEST_MS : Math.min(given, LONGEST_MS);
    const key = waitKey(sessionId, requestId);
    const promise = this.#waits.begin(key, timeoutMs, () => {
      this.#waits.fail(key, timeoutError(timeoutMs));
      // What cannot be deleted now expires.
      this.#forget(key).catch(() => {});
    });
    const ready = this.#announce(key, timeoutMs);
    ready.then(
      () => this.#look(key),
      (error) => this.#waits.fail(key, error),
    );
    return { promise, ready };
  }

  resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown): Promise<boolean> {
    return this.#settle(waitKey(sessionId, requestId), responseOutcome(jsonText(response, "a response")));
  }

  /** The wait ends with an Error of the reason's message. */
  rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown): Promise<boolean> {
    return this.#settle(waitKey(sessionId, requestId), reasonOutcome(reason));
  }

  async #settle(key: string, outcome: string): Promise<boolean> {
    if ((await this.#kv.get(await kvKey("wait", key))) === null) return false;
    // Whoever comes later finds no question, also when the answer was not fetched yet.
    await this.#kv.put(await kvKey("answer", key), outcome, { expirationTtl: kvTtl(60_000) });
    await this.#kv.delete(await kvKey("wait", key));
    return true;
  }

  async #announce(key: string, timeoutMs: number): Promise<void> {
    await this.#kv.put(await kvKey("wait", key), "1", { expirationTtl: kvTtl(timeoutMs) });
  }

  async #look(key: string): Promise<void> {
    while (this.#waits.has(key)) {
      try {
        const outcome = await this.#kv.get(await kvKey("answer", key));
        if (outcome !== null) {
          await this.#forget(key);
          this.#waits.settle(key, outcome);
          return;
        }
      } catch {
        // KV may be back at the next look, and the wait has its limit.
      }
      await new Promise((resolve) => setTimeout(resolve, this.#pollIntervalMs));
    }
  }

  async #forget(key: string): Promise<void> {
    await this.#kv.delete(await kvKey("wait", key));
    await this.#kv.delete(await kvKey("answer", key));
  }
}
