import {
  type ClientRequestAdapter,
  ClientRequestTimeoutError,
  type PendingOptions,
  type PendingRequest,
} from "../../ports/index.ts";
import type { RequestId } from "../../protocol/jsonrpc.ts";
import { MAX_TIMER_MS } from "../../protocol/timer.ts";
import { bound } from "../memory/bound.ts";
import { jsonText } from "../memory/json-text.ts";
import type { RedisClient } from "./client.ts";
import { answerWait } from "./commands/answer-wait.ts";
import { endWait } from "./commands/end-wait.ts";
import { keepWait } from "./commands/keep-wait.ts";
import { connectionOf, type RedisConnection, type RedisOptions } from "./connection.ts";
import { unavailable } from "./errors.ts";
import { Keys } from "./keys.ts";
import { asText } from "./reply.ts";
import { unref } from "./timer.ts";

export interface RedisClientRequestOptions extends RedisOptions {
  /** How long to wait for an answer, in milliseconds. 0: no limit. Default 5 minutes. */
  defaultTimeoutMs?: number;
  /** Requests of this instance that may wait at once; at least 1, `Infinity` for no bound. Default 10,000. */
  maxPending?: number;
}

interface Wait {
  readonly key: string;
  readonly number: number;
  readonly timeoutMs: number;
  readonly resolve: (response: unknown) => void;
  readonly reject: (reason: unknown) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** When it was last seen to, in milliseconds. */
  seenAt: number;
}

/** How long Redis knows of a wait that nobody sees to, and keeps an answer, in milliseconds. */
const LEASE_MS = 60_000;
/** A wait is seen to so long after the last time, in milliseconds, and at the next look where that failed. */
const SEEN_MS = 10_000;
const LOOK_MS = 1_000;

/**
 * Connects questions with their answers through Redis or Valkey: an answer that any instance receives wakes the one that
 * waits for it.
 *
 * An answer is kept in Redis, and the instance that waits is told on a channel of its own; one connection listens for all
 * waits. What it is not told, since a connection was lost, it finds when that is back, or within 12 seconds. Redis
 * forgets waits of an instance that has died within a minute. A wait goes on when Redis was away, also where Redis has
 * lost its data; an answer that was lost with them ends in the timeout.
 *
 * The promise of `createPending` rejects with a {@link ClientRequestTimeoutError} when the time is over, with a
 * `StoreUnavailableError` when Redis cannot be told of it, and with an Error when `maxPending` requests wait already or a
 * newer request of this instance takes the same session and id. It may be left without a handler. The timers do not keep
 * a Node process alive.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export class RedisClientRequestAdapter implements ClientRequestAdapter {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #channel: string;
  readonly #waits = new Map<string, Wait>();
  readonly #byNumber = new Map<number, Wait>();
  readonly #defaultTimeoutMs: number;
  readonly #maxPending: number;
  #count = 0;
  #listening: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Throws a TypeError for what is no client, and a RangeError for options out of bounds. */
  constructor(client: RedisClient | RedisConnection, options: RedisClientRequestOptions = {}) {
    this.#connection = connectionOf(client, options);
    this.#keys = new Keys(this.#connection.prefix);
    this.#channel = this.#keys.answers(crypto.randomUUID());
    this.#defaultTimeoutMs = bound("defaultTimeoutMs", options.defaultTimeoutMs, 5 * 60_000, 0);
    this.#maxPending = bound("maxPending", options.maxPending, 10_000);
  }

  /** Requests of this instance that wait for their answer. */
  get size(): number {
    return this.#waits.size;
  }

  createPending(
    sessionId: string | undefined,
    requestId: RequestId,
    options: PendingOptions = {},
  ): PendingRequest {
    const timeoutMs = bound("timeoutMs", options.timeoutMs, this.#defaultTimeoutMs, 0);
    const key = this.#keys.wait(sessionId, requestId);
    this.#take(key)?.reject(new Error("A newer request took this one's session and id; ids must be unique."));
    let wait: Wait | undefined;
    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#waits.size >= this.#maxPending) {
        reject(
          new Error(
            `${this.#maxPending} requests wait for their clients already; try again later, or raise maxPending.`,
          ),
        );
        return;
      }
      const number = this.#count++;
      wait = { key, number, timeoutMs, resolve, reject, timer: undefined, seenAt: Date.now() };
      this.#waits.set(key, wait);
      this.#byNumber.set(number, wait);
      if (timeoutMs > 0 && timeoutMs !== Number.POSITIVE_INFINITY) this.#startTimer(wait);
    });
    const ready = wait === undefined ? promise.then(() => {}) : this.#begin(wait);
    // Whoever asked may have gone before it looked at them.
    promise.catch(() => {});
    ready.catch(() => {});
    return { promise, ready };
  }

  resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown): Promise<boolean> {
    return this.#answer(sessionId, requestId, "a", jsonText(response, "a response"));
  }

  rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown): Promise<boolean> {
    return this.#answer(sessionId, requestId, "r", JSON.stringify(described(reason)));
  }

  /** Ends all waits, and the connections that the adapter has made. A second call does nothing. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const key of [...this.#waits.keys()]) this.#take(key)?.reject(unavailable("The store was closed."));
    await this.#connection.close();
  }

  async #answer(
    sessionId: string | undefined,
    requestId: RequestId,
    kind: "a" | "r",
    text: string,
  ): Promise<boolean> {
    const key = this.#keys.wait(sessionId, requestId);
    return Number(await this.#connection.run(answerWait, [key], [kind, text, LEASE_MS])) === 1;
  }

  /** Tells Redis of the wait, once answers to it would be heard. */
  async #begin(wait: Wait): Promise<void> {
    try {
      await this.#listen();
      await this.#keep(wait, "begin");
    } catch (error) {
      this.#take(wait.key, wait)?.reject(error);
      throw error;
    }
  }

  #listen(): Promise<void> {
    this.#listening ??= this.#startListening().catch((error: unknown) => {
      this.#listening = undefined;
      throw error;
    });
    return this.#listening;
  }

  async #startListening(): Promise<void> {
    await this.#connection.listener.subscribe(this.#channel, {
      hear: (number) => {
        const wait = this.#byNumber.get(Number(number));
        if (wait !== undefined) void this.#look([wait]);
      },
      missed: () => void this.#look([...this.#waits.values()]),
    });
    this.#timer ??= setInterval(() => {
      const before = Date.now() - SEEN_MS;
      void this.#look([...this.#waits.values()].filter(({ seenAt }) => seenAt < before));
    }, LOOK_MS);
    unref(this.#timer);
  }

  /** Looks for the answers to these. */
  async #look(waits: readonly Wait[]): Promise<void> {
    await Promise.all(
      waits.map((wait) =>
        this.#keep(wait).catch(() => {
          // Redis is away, or on its way back.
          wait.seenAt = 0;
        }),
      ),
    );
  }

  /** Lets a wait go on, or ends it by its answer. */
  async #keep(wait: Wait, begin = ""): Promise<void> {
    if (this.#waits.get(wait.key) !== wait) return;
    wait.seenAt = Date.now();
    const args = [this.#nameOf(wait), LEASE_MS, begin];
    const answer = asText(await this.#connection.run(keepWait, [wait.key], args));
    if (answer === undefined) {
      // It has ended meanwhile, and may have been brought back.
      if (this.#waits.get(wait.key) !== wait) this.#forget(wait);
      return;
    }
    if (this.#take(wait.key, wait) === undefined) return;
    settle(wait, answer);
    this.#forget(wait);
  }

  async #expire(wait: Wait): Promise<void> {
    if (this.#take(wait.key, wait) === undefined) return;
    let answer: string | undefined;
    try {
      // Whoever answers is told whether it came in time.
      answer = asText(await this.#connection.run(endWait, [wait.key], [this.#nameOf(wait)]));
    } catch {
      // Redis forgets it by itself.
    }
    if (answer !== undefined) {
      settle(wait, answer);
      return;
    }
    wait.reject(
      new ClientRequestTimeoutError(
        `Expected the client's answer within ${wait.timeoutMs} ms, got none; ask again, or raise timeoutMs.`,
      ),
    );
  }

  /** Whoever takes it settles it, so it is settled once. */
  #take(key: string, expected?: Wait): Wait | undefined {
    const wait = this.#waits.get(key);
    if (wait === undefined || (expected !== undefined && wait !== expected)) return undefined;
    this.#waits.delete(key);
    this.#byNumber.delete(wait.number);
    clearTimeout(wait.timer);
    return wait;
  }

  #forget(wait: Wait): void {
    this.#connection.run(endWait, [wait.key], [this.#nameOf(wait)]).catch(() => {
      // Redis forgets it by itself.
    });
  }

  #nameOf({ number }: Wait): string {
    return `${this.#channel} ${number}`;
  }

  #startTimer(wait: Wait): void {
    wait.timer = setTimeout(() => void this.#expire(wait), Math.min(wait.timeoutMs, MAX_TIMER_MS));
    unref(wait.timer);
  }
}

function settle(wait: Wait, answer: string): void {
  const content: unknown = JSON.parse(answer.slice(1));
  if (answer.startsWith("a")) wait.resolve(content);
  else wait.reject(asError(content as Described));
}

/** What is left of a reason on its way to another instance. */
interface Described {
  readonly name?: string;
  readonly message: string;
}

function described(reason: unknown): Described {
  if (reason instanceof Error) return { name: reason.name, message: reason.message };
  return { message: String(reason) };
}

function asError({ name, message }: Described): Error {
  const error = new Error(message);
  if (name !== undefined) error.name = name;
  return error;
}
