import type { Row, TableResult } from "../engine/results.ts";
import { counts, nameOf, quantity, rowOf } from "./format.ts";

export interface Verdict {
  /** Undefined where nothing was asked, or what was measured does not count. */
  readonly reached: boolean | undefined;
  readonly text: string;
}

/** Whether Slipway has reached what it has to. */
export function judge(table: TableResult): Verdict | undefined {
  const { target, metrics } = table;
  const row = rowOf(table, "slipway");
  const metric = metrics[0];
  if (target === undefined || row === undefined || metric === undefined) return undefined;
  const baseline = rowOf(table, table.baseline);
  if (!counts(row) || baseline === undefined || !counts(baseline)) {
    return {
      reached: undefined,
      text: "Target: not measured, since a row of the comparison does not count.",
    };
  }
  const higher = metric.better === "higher";
  const bound = higher ? "at least" : "at most";
  const [value, limit, show] =
    "ratio" in target
      ? [row.ratio, target.ratio, (one: number) => `${one.toFixed(2)} × ${nameOf(table.baseline)}`]
      : [row.metrics[metric.name]?.median, target.value, (one: number) => quantity(one, metric.unit)];
  if (value === undefined) return undefined;
  const reached = higher ? value >= limit : value <= limit;
  const word = reached ? "reached" : "missed";
  return { reached, text: `Target: ${bound} ${show(limit)}; ${word} with ${show(value)}.` };
}

/** Who is better than Slipway, of those that are libraries as it is. */
export function peersAhead(table: TableResult): readonly Row[] {
  const metric = table.metrics[0];
  const own = rowOf(table, "slipway");
  const value = metric && own?.metrics[metric.name]?.median;
  if (metric === undefined || value === undefined) return [];
  return table.rows.filter((row) => {
    const other = row.metrics[metric.name]?.median;
    if (other === undefined || !counts(row) || !isPeer(row.contestant)) return false;
    return metric.better === "higher" ? other > value : other < value;
  });
}

function isPeer(contestant: string): boolean {
  return !/^(?:bare|store|slipway)/.test(contestant);
}
