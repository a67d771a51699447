import type { LimitStore } from "./limit-store.ts";
import type { Rate } from "./rate.ts";

/** What is used of a limiter of `rate-limiter-flexible`. */
export interface FlexibleLimiter {
  consume(key: string, points: number, options: { customDuration: number }): Promise<unknown>;
}

/** So many requests in so many seconds, from the first on. */
export interface FixedWindow {
  readonly keyPrefix: string;
  readonly points: number;
  /** In seconds. */
  readonly duration: number;
}

/**
 * Counts in any backend of `rate-limiter-flexible`, such as Postgres. These have no token buckets: a rate becomes a
 * window, at least a second long, in which as many requests may be sent as come back meanwhile, at once or not.
 * @param make makes a limiter of the library; called once for each rate and quota
 */
export function flexibleLimits(make: (window: FixedWindow) => FlexibleLimiter): LimitStore {
  return new FlexibleLimits(make);
}

class FlexibleLimits implements LimitStore {
  readonly #make: (window: FixedWindow) => FlexibleLimiter;
  readonly #limiters = new Map<string, FlexibleLimiter>();

  constructor(make: (window: FixedWindow) => FlexibleLimiter) {
    this.#make = make;
  }

  take(limit: string, key: string, { burst, intervalMs }: Rate, count: number): Promise<number> {
    const duration = Math.max(1, Math.ceil((burst * intervalMs) / 1_000));
    const points = Math.max(1, Math.floor((duration * 1_000) / intervalMs));
    return this.#consume(
      { keyPrefix: "slipway:limits", points, duration },
      `${limit}:${key}`,
      count,
      duration,
    );
  }

  count(limit: string, key: string, max: number, endsAt: number, count: number): Promise<number> {
    const left = Math.max(1, Math.ceil((endsAt - Date.now()) / 1_000));
    return this.#consume(
      { keyPrefix: "slipway:limits", points: max, duration: 1 },
      `${limit}:${endsAt}:${key}`,
      count,
      left,
    );
  }

  #consume(window: FixedWindow, key: string, count: number, customDuration: number): Promise<number> {
    const name = `${window.points}/${window.duration}`;
    let limiter = this.#limiters.get(name);
    if (limiter === undefined) {
      limiter = this.#make(window);
      this.#limiters.set(name, limiter);
    }
    return waitOf(limiter.consume(key, count, { customDuration }));
  }
}

/** What the library resolves with is let in; what it rejects with is refused, or an error. */
export async function waitOf(consumed: Promise<unknown>): Promise<number> {
  try {
    await consumed;
    return 0;
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    const { msBeforeNext } = refusal as { msBeforeNext?: unknown };
    if (typeof msBeforeNext !== "number") throw refusal;
    return Math.max(1, msBeforeNext);
  }
}
