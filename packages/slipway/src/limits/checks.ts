import { exceeded } from "./exceeded.ts";
import type { LimitStore } from "./limit-store.ts";
import { PERIODS, type Period, type Quota, type Span, spanOf } from "./quota.ts";
import type { Rate } from "./rate.ts";

/** Whose requests are counted, and how many. */
export interface Subject {
  /** Absent where callers cannot be told apart. */
  readonly caller: string | undefined;
  readonly tenant: string | undefined;
  readonly count: number;
}

/** Whom a limit counts a request for; `undefined`: it does not hold for the request. */
export type KeyOf = (subject: Subject) => string | undefined;

interface Check {
  /** For people to read. */
  readonly what: string;
  /** 0, or how long to wait, in milliseconds. */
  ask(subject: Subject): number | Promise<number>;
}

/** Limits that are asked one after the other, each only when those before it let the request through. */
export class Checks {
  readonly #store: LimitStore;
  readonly #checks: Check[] = [];

  constructor(store: LimitStore) {
    this.#store = store;
  }

  /** @param limit tells it from others in the store */
  rate(limit: string, rate: Rate | undefined, what: string, keyOf: KeyOf): this {
    if (rate !== undefined) this.#checks.push(new RateCheck(this.#store, limit, rate, what, keyOf));
    return this;
  }

  quota(limit: string, quota: Quota | undefined, what: string, keyOf: KeyOf): this {
    for (const period of PERIODS) {
      const max = quota?.[period];
      if (max !== undefined) this.#checks.push(new QuotaCheck(this.#store, limit, max, period, what, keyOf));
    }
    return this;
  }

  /** These, or `undefined` where there are none. */
  orNone(): this | undefined {
    return this.#checks.length > 0 ? this : undefined;
  }

  /** @throws RpcError when one does not let the request through */
  run(subject: Subject, from = 0): void | Promise<void> {
    for (let index = from; index < this.#checks.length; index++) {
      const check = this.#checks[index] as Check;
      const waitMs = check.ask(subject);
      if (waitMs instanceof Promise) {
        return waitMs.then((ms) => {
          if (ms > 0) throw exceeded(check.what, ms);
          return this.run(subject, index + 1);
        });
      }
      if (waitMs > 0) throw exceeded(check.what, waitMs);
    }
  }
}

class RateCheck implements Check {
  readonly what: string;
  readonly #store: LimitStore;
  readonly #limit: string;
  readonly #rate: Rate;
  readonly #keyOf: KeyOf;

  constructor(store: LimitStore, limit: string, rate: Rate, what: string, keyOf: KeyOf) {
    this.what = what;
    this.#store = store;
    this.#limit = limit;
    this.#rate = rate;
    this.#keyOf = keyOf;
  }

  ask(subject: Subject): number | Promise<number> {
    const key = this.#keyOf(subject);
    return key === undefined ? 0 : this.#store.take(this.#limit, key, this.#rate, subject.count);
  }
}

class QuotaCheck implements Check {
  readonly what: string;
  readonly #store: LimitStore;
  readonly #limit: string;
  readonly #max: number;
  readonly #period: Period;
  readonly #keyOf: KeyOf;
  #span: Span = { beginsAt: 0, endsAt: 0 };

  constructor(store: LimitStore, limit: string, max: number, period: Period, what: string, keyOf: KeyOf) {
    this.what = `${what} of a ${period}`;
    this.#store = store;
    this.#limit = `${limit}:${period}`;
    this.#max = max;
    this.#period = period;
    this.#keyOf = keyOf;
  }

  ask(subject: Subject): number | Promise<number> {
    const key = this.#keyOf(subject);
    if (key === undefined) return 0;
    const now = Date.now();
    if (now >= this.#span.endsAt || now < this.#span.beginsAt) this.#span = spanOf(this.#period, now);
    return this.#store.count(this.#limit, key, this.#max, this.#span.endsAt, subject.count);
  }
}
