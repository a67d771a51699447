import type { Summary } from "./results.ts";

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("A median needs at least one value.");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The value below which a share of the values lies; `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("A percentile needs at least one value.");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? (sorted[0] as number);
}

export function summarise(values: readonly number[]): Summary {
  const middle = median(values);
  const width = Math.max(...values) - Math.min(...values);
  return { median: middle, spread: middle === 0 ? 0 : width / middle, values };
}

/**
 * The median of the ratios of values that were measured in the same round, so that what slowed the machine
 * for a while slowed both.
 */
export function pairedRatio(values: readonly number[], baseline: readonly number[]): number {
  if (values.length !== baseline.length) {
    throw new RangeError(
      `Expected as many values as baselines, got ${values.length} and ${baseline.length}.`,
    );
  }
  return median(values.map((value, round) => value / (baseline[round] as number)));
}
