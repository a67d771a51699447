import { Generations } from "./generations.ts";
import type { LimitStore } from "./limit-store.ts";
import type { Rate } from "./rate.ts";

export interface MemoryLimitsOptions {
  /**
   * Of so many callers is remembered what they have sent, the latest first. One who is forgotten begins anew.
   * Default: 100,000.
   */
  maxKeys?: number;
}

/** A bucket, as the time at which it will be full again; or a count, until the time at which it ends. */
interface Entry {
  at: number;
  count: number;
}

/** Counts in this process's memory, each instance for itself. */
export function memoryLimits({ maxKeys = 100_000 }: MemoryLimitsOptions = {}): LimitStore {
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 2) {
    throw new RangeError(`maxKeys: expected an integer of at least 2, got ${String(maxKeys)}.`);
  }
  return new MemoryLimits(maxKeys);
}

class MemoryLimits implements LimitStore {
  readonly #entries: Generations<Entry>;

  constructor(maxKeys: number) {
    this.#entries = new Generations(maxKeys);
  }

  take(key: string, { burst, intervalMs }: Rate, count: number): number {
    const now = performance.now();
    const entry = this.#entries.get(key) ?? this.#entries.add(key, { at: now, count: 0 });
    const fullAt = Math.max(entry.at, now) + count * intervalMs;
    const waitMs = fullAt - now - burst * intervalMs;
    // What was computed with fractions is off by less than this.
    if (waitMs > 1e-3) return waitMs;
    entry.at = fullAt;
    return 0;
  }

  count(key: string, max: number, endsAt: number, count: number): number {
    const entry = this.#entries.get(key) ?? this.#entries.add(key, { at: endsAt, count: 0 });
    if (entry.count + count > max) return Math.max(1, endsAt - Date.now());
    entry.count += count;
    return 0;
  }
}
