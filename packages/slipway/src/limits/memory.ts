import { Bucket } from "./bucket.ts";
import { Generations } from "./generations.ts";
import type { LimitStore } from "./limit-store.ts";
import type { Rate } from "./rate.ts";

export interface MemoryLimitsOptions {
  /**
   * Of so many callers, tools and the like is remembered what was sent, the latest first. One that is forgotten begins
   * anew. Counted for rates and for quotas each. Default: 100,000.
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

class MemoryLimits implements LimitStore {
  readonly #buckets: Generations<Bucket>;
  readonly #counts: Generations<{ used: number }>;

  constructor(maxKeys: number) {
    this.#buckets = new Generations(maxKeys);
    this.#counts = new Generations(maxKeys);
  }

  take(key: string, rate: Rate, count: number): number {
    const bucket = this.#buckets.get(key) ?? this.#buckets.add(key, new Bucket());
    return bucket.take(rate, count);
  }

  count(key: string, max: number, endsAt: number, count: number): number {
    const counted = this.#counts.get(key) ?? this.#counts.add(key, { used: 0 });
    if (counted.used + count > max) return Math.max(1, endsAt - Date.now());
    counted.used += count;
    return 0;
  }
}
