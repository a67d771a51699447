/**
 * A token bucket: each request takes a token, and tokens come back evenly over time. Whoever has saved up a full
 * bucket may send that many requests at once.
 */
export interface Rate {
  /** How many tokens the bucket holds; at least 1. */
  readonly burst: number;
  /** How long it takes until one token is back, in milliseconds. */
  readonly intervalMs: number;
}

export interface RateOptions {
  /** How many requests may come at once. Default: as many as come back in the named time. */
  burst?: number;
}

/** @param count how many requests, on average; at least 1 */
export function perSecond(count: number, options?: RateOptions): Rate {
  return rate(count, 1_000, options);
}

/** @param count how many requests, on average; at least 1 */
export function perMinute(count: number, options?: RateOptions): Rate {
  return rate(count, 60_000, options);
}

/** @param count how many requests, on average; at least 1 */
export function perHour(count: number, options?: RateOptions): Rate {
  return rate(count, 3_600_000, options);
}

function rate(count: number, ms: number, { burst = count }: RateOptions = {}): Rate {
  for (const value of [count, burst]) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new RangeError(`A rate and its burst must be positive integers, got ${String(value)}.`);
  }
  return { burst, intervalMs: ms / count };
}
