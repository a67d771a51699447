import type { Rate } from "./rate.ts";

/** A token bucket, as the time at which it will be full again. */
export class Bucket {
  #fullAt = 0;

  /**
   * Takes tokens, all or none.
   * @returns 0, or in how many milliseconds there will be as many
   */
  take({ burst, intervalMs }: Rate, count = 1): number {
    const now = performance.now();
    const fullAt = Math.max(this.#fullAt, now) + count * intervalMs;
    const waitMs = fullAt - now - burst * intervalMs;
    // What was computed with fractions is off by less than this.
    if (waitMs > 1e-3) return waitMs;
    this.#fullAt = fullAt;
    return 0;
  }
}
