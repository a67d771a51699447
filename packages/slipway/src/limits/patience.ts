import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import type { Logger } from "../server/index.ts";
import { Generations } from "./generations.ts";
import type { LimitStore } from "./limit-store.ts";
import { memoryLimits } from "./memory.ts";
import type { Rate } from "./rate.ts";

/** Of so many who were refused is remembered until when, so that a flood of theirs does not reach the store. */
const MAX_REFUSED = 10_000;

/** A store that does not answer is left alone for so long, in milliseconds, but for one request that tries. */
const REST_MS = 1_000;

export interface PatienceOptions {
  readonly whenStoreAway: "open" | "closed";
  readonly storeTimeoutMs: number;
  readonly logger: Logger;
}

type Question = (store: LimitStore) => number | Promise<number>;

/**
 * A store that others share, for requests that cannot wait for it: while it is away, this process counts for itself
 * (`open`), or nobody is let in (`closed`).
 */
export class PatientStore implements LimitStore {
  readonly #store: LimitStore;
  readonly #options: PatienceOptions;
  readonly #alone = memoryLimits();
  readonly #refused = new Generations<{ until: number }>(MAX_REFUSED);
  /** Until when it is not asked. */
  #awayUntil = 0;
  #away = false;

  constructor(store: LimitStore, options: PatienceOptions) {
    this.#store = store;
    this.#options = options;
  }

  take(limit: string, key: string, rate: Rate, count: number): number | Promise<number> {
    return this.#unlessRefused(`${limit}:${key}`, count, (store) => store.take(limit, key, rate, count));
  }

  count(limit: string, key: string, max: number, endsAt: number, count: number): number | Promise<number> {
    return this.#unlessRefused(`${limit}:${key}`, count, (store) =>
      store.count(limit, key, max, endsAt, count),
    );
  }

  /** What was refused to one request is refused to all until the time that was named. */
  #unlessRefused(key: string, count: number, question: Question): number | Promise<number> {
    const refused = this.#refused.get(key);
    const waitMs = (refused?.until ?? 0) - performance.now();
    if (waitMs > 0) return waitMs;
    const answer = this.#ask(question);
    if (count > 1 || !(answer instanceof Promise)) return answer;
    return answer.then((wait) => {
      if (wait > 0) this.#remember(key, performance.now() + wait);
      return wait;
    });
  }

  #remember(key: string, until: number): void {
    const refused = this.#refused.get(key);
    if (refused === undefined) this.#refused.add(key, { until });
    else refused.until = until;
  }

  #ask(question: Question): number | Promise<number> {
    const now = performance.now();
    if (this.#away) {
      if (now < this.#awayUntil) return this.#without(question);
      this.#awayUntil = now + this.#options.storeTimeoutMs + REST_MS;
    }
    let answer: number | Promise<number>;
    try {
      answer = question(this.#store);
    } catch (error) {
      this.#isAway(error);
      return this.#without(question);
    }
    if (!(answer instanceof Promise)) return answer;
    return this.#inTime(answer).then(
      (waitMs) => {
        this.#isBack();
        return waitMs;
      },
      (error: unknown) => {
        this.#isAway(error);
        return this.#without(question);
      },
    );
  }

  #inTime(answer: Promise<number>): Promise<number> {
    const { storeTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`There was no answer within ${storeTimeoutMs} ms.`));
      const timer = setTimeout(late, storeTimeoutMs);
      answer.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #without(question: Question): number | Promise<number> {
    if (this.#options.whenStoreAway === "open") return question(this.#alone);
    const message = "The server cannot check its limits now: try again in a moment.";
    throw new RpcError(ERROR_CODES.INTERNAL_ERROR, message, { retryAfter: 1 }, 503);
  }

  #isAway(error: unknown): void {
    this.#awayUntil = performance.now() + REST_MS;
    if (this.#away) return;
    this.#away = true;
    const meanwhile =
      this.#options.whenStoreAway === "open" ? "this instance counts for itself" : "all requests are refused";
    this.#options.logger.warn(`The store of the limits is away; until it is back, ${meanwhile}.`, error);
  }

  #isBack(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#options.logger.warn("The store of the limits is back.");
  }
}
