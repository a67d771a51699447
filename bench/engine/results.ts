import type { Busy, Metric, Target } from "./types.ts";

/** Where and how something was measured. */
export interface Circumstances {
  /** When, in ISO 8601. */
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly generator: string;
  /** Whether servers and load generator had a core each. */
  readonly pinned: boolean;
  /** Whether no core slept meanwhile. Left out of what was measured before there was a choice: they did. */
  readonly awake?: boolean;
  readonly runs: number;
  readonly seconds: number;
}

export interface Summary {
  readonly median: number;
  /** The distance of the largest value from the smallest, as a share of the median. */
  readonly spread: number;
  readonly values: readonly number[];
}

export interface Row {
  readonly contestant: string;
  readonly version: string;
  /** By the name of the metric. Empty when the contestant failed. */
  readonly metrics: { readonly [name: string]: Summary };
  /** The median of the ratios to the baseline, each within its own round. */
  readonly ratio?: number;
  /** Why the row does not count. */
  readonly excluded?: string;
  /** What went wrong. */
  readonly error?: string;
  readonly busy?: Busy;
}

export interface TableResult {
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly baseline: string;
  readonly target?: Target;
  readonly rows: readonly Row[];
  /** How much of the machine others used just before, from 0 to 1. */
  readonly disturbance: number;
}

export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly circumstances: Circumstances;
  readonly tables: readonly TableResult[];
}

export interface Results {
  readonly workloads: readonly WorkloadResult[];
}
