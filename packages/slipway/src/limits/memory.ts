import { Bucket } from "./bucket.ts";
import { Generations } from "./generations.ts";
import type { LimitStore } from "./limit-store.ts";
import type { Rate } from "./rate.ts";

export interface MemoryLimitsOptions {
  /**
   * Of so many callers is remembered what they have sent, the latest first, for each limit. One who is forgotten begins
   * anew. Default: 100,000.
   */
  maxKeys?: number;
}

/** Counts in this process's memory, each instance for itself. */
export function memoryLimits({ maxKeys = 100_000 }: MemoryLimitsOptions = {}): LimitStore {
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 2) {
    throw new RangeError(`maxKeys: expected an integer of at least 2, got ${String(maxKeys)}.`);
  }
  return new MemoryLimits(maxKeys);
}

interface Counted {
  used: number;
  endsAt: number;
}

class MemoryLimits implements LimitStore {
  readonly #maxKeys: number;
  // By limit first, so that no key is put together for each request.
  readonly #buckets = new Map<string, Generations<Bucket>>();
  readonly #counts = new Map<string, Generations<Counted>>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  take(limit: string, key: string, rate: Rate, count: number): number {
    const buckets = this.#of(this.#buckets, limit);
    const bucket = buckets.get(key) ?? buckets.add(key, new Bucket());
    return bucket.take(rate, count);
  }

  count(limit: string, key: string, max: number, endsAt: number, count: number): number {
    const counts = this.#of(this.#counts, limit);
    const counted = counts.get(key) ?? counts.add(key, { used: 0, endsAt });
    if (counted.endsAt !== endsAt) {
      counted.used = 0;
      counted.endsAt = endsAt;
    }
    if (counted.used + count > max) return Math.max(1, endsAt - Date.now());
    counted.used += count;
    return 0;
  }

  #of<T>(limits: Map<string, Generations<T>>, limit: string): Generations<T> {
    let kept = limits.get(limit);
    if (kept === undefined) {
      kept = new Generations(this.#maxKeys);
      limits.set(limit, kept);
    }
    return kept;
  }
}
