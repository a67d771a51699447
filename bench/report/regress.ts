import type { TableResult, WorkloadResult } from "../engine/results.ts";
import { counts, percent } from "./format.ts";

/** What a commit may lose before it counts as slower: what the same build loses against itself now and then. */
const TOLERANCE = 0.05;

/** Says of each table whether this build is slower than the other one. */
export function compare(workloads: readonly WorkloadResult[]): { text: string; slower: boolean } {
  const lines: string[] = [];
  let slower = false;
  for (const table of workloads.flatMap(({ tables }) => tables)) {
    const change = changeOf(table);
    if (change === undefined) {
      lines.push(`${table.name}: not comparable`);
      continue;
    }
    const worse = change < -TOLERANCE;
    slower ||= worse;
    lines.push(
      `${table.name}: ${change < 0 ? "−" : "+"}${percent(Math.abs(change))}${worse ? ", WORSE" : ""}`,
    );
  }
  return { text: lines.join("\n"), slower };
}

/** How much better this build is than the baseline, as a share of it; negative when it is worse. */
function changeOf({ metrics, rows }: TableResult): number | undefined {
  const [baseline, own] = rows;
  if (own?.ratio === undefined || baseline === undefined || !counts(own) || !counts(baseline))
    return undefined;
  return metrics[0]?.better === "lower" ? 1 - own.ratio : own.ratio - 1;
}
