import type { Rate } from "./rate.ts";

/**
 * Where it is counted who has sent how much. What is asked of it is atomic: two that ask at once for the last token
 * do not both get it.
 */
export interface LimitStore {
  /**
   * Takes tokens of a bucket, all or none.
   * @param limit which limit: each has buckets of its own
   * @param key whose bucket
   * @returns 0, or in how many milliseconds there will be as many; rejects when the store is away
   */
  take(limit: string, key: string, rate: Rate, count: number): number | Promise<number>;
  /**
   * Counts requests of a period, all or none.
   * @param limit which limit
   * @param key whose they are
   * @param max how many there may be
   * @param endsAt when the period ends, in milliseconds since 1970; each period has a count of its own
   * @returns 0, or in how many milliseconds the period ends; rejects when the store is away
   */
  count(limit: string, key: string, max: number, endsAt: number, count: number): number | Promise<number>;
  /** Ends what it has opened. */
  close?(): void | Promise<void>;
}
