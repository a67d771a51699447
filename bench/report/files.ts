import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { benchFolder } from "../engine/folders.ts";
import type { Results, WorkloadResult } from "../engine/results.ts";
import { WORKLOADS } from "../workloads/index.ts";
import { replaceResults } from "./document.ts";
import { renderChart } from "./svg.ts";

const folder = `${benchFolder}/results`;
const json = `${folder}/latest.json`;
const readme = `${benchFolder}/README.md`;

/** Keeps results, and what is made from them; those of other workloads stay as they were. */
export function keep(fresh: readonly WorkloadResult[]): void {
  const all = new Map(readResults().workloads.map((workload) => [workload.name, workload]));
  for (const workload of fresh) all.set(workload.name, workload);
  const results: Results = {
    workloads: WORKLOADS.flatMap(({ name }) => all.get(name) ?? []),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(`${folder}/latest.svg`, renderChart(results));
  writeFileSync(readme, replaceResults(readFileSync(readme, "utf8"), results));
}

function readResults(): Results {
  return existsSync(json) ? (JSON.parse(readFileSync(json, "utf8")) as Results) : { workloads: [] };
}
