// Measures Slipway next to its peers and to the bare limit.
//
//   npm run bench                      everything; keeps the results
//   npm run bench -- NAME …            the workloads of these names
//   npm run bench -- --against REF     this build next to that of another commit; fails when it is slower
//
// See README.md for the options, and for how to read what is printed.
import { parseArgs } from "node:util";
import { buildOther } from "./engine/against.ts";
import { type Build, makeBuild } from "./engine/build.ts";
import { root } from "./engine/folders.ts";
import { circumstances } from "./engine/machine.ts";
import { measure } from "./engine/measure.ts";
import { canPin, pinThisProcess } from "./engine/process.ts";
import type { WorkloadResult } from "./engine/results.ts";
import { roster } from "./engine/roster.ts";
import type { Contestant, Settings, Table, Workload } from "./engine/types.ts";
import { keep } from "./report/files.ts";
import { compare } from "./report/regress.ts";
import { renderWorkload } from "./report/tables.ts";
import { WORKLOADS } from "./workloads/index.ts";

const MIN_RUNS = 5;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: "string" },
    runs: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    warmup: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});

const settings: Settings = options.quick
  ? { runs: 1, seconds: 1, warmup: 1 }
  : { runs: Number(options.runs), seconds: Number(options.seconds), warmup: Number(options.warmup) };
if (!options.quick && !(settings.runs >= MIN_RUNS)) {
  throw new Error(
    `--runs must be at least ${MIN_RUNS}, got ${options.runs}. To try something out, use --quick.`,
  );
}

function chosen(): readonly Workload[] {
  if (positionals.length === 0) return WORKLOADS;
  return positionals.map((name) => {
    const found = WORKLOADS.find((workload) => workload.name === name);
    if (found !== undefined) return found;
    throw new Error(
      `There is no workload "${name}". There are: ${WORKLOADS.map((one) => one.name).join(", ")}.`,
    );
  });
}

/** Which contestants a table compares; the first one is the baseline. */
type Selection = (table: Table) => Contestant[];

async function runWorkload({ name, title, tables }: Workload, select: Selection): Promise<WorkloadResult> {
  process.stderr.write(`${name} `);
  const results = [];
  for (const table of tables) results.push(await measure(table, select(table), settings));
  return { name, title, circumstances: circumstances(settings), tables: results };
}

async function runAll(workloads: readonly Workload[], select: Selection): Promise<WorkloadResult[]> {
  const results: WorkloadResult[] = [];
  for (const workload of workloads) {
    const result = await runWorkload(workload, select);
    console.log(`${renderWorkload(result)}\n`);
    results.push(result);
  }
  return results;
}

function failures(results: readonly WorkloadResult[]): string[] {
  return results.flatMap(({ tables }) =>
    tables.flatMap(({ name, rows }) =>
      rows.flatMap(({ contestant, error }) =>
        error === undefined ? [] : [`${name}, ${contestant}: ${error}`],
      ),
    ),
  );
}

/** Targets are set against the bare limit. */
function withoutTargets(workload: Workload): Workload {
  return { ...workload, tables: workload.tables.map((table) => ({ ...table, target: undefined })) };
}

async function runAgainst(ref: string, build: Build): Promise<void> {
  const pair = [await buildOther(ref), ...roster(build, ["slipway"])];
  const results = await runAll(chosen().map(withoutTargets), () => pair);
  const { text, slower } = compare(results);
  console.log(text);
  if (slower) process.exitCode = 1;
}

if (canPin) pinThisProcess();
else console.log("taskset is missing: nothing is pinned to a core, and the numbers are worth less.\n");
const build = await makeBuild("current", `${root}/packages/slipway`);
if (options.against !== undefined) {
  await runAgainst(options.against, build);
} else {
  const results = await runAll(chosen(), (table) => roster(build, table.contestants));
  if (!options.quick && (positionals.length === 0 || options.keep)) keep(results);
  const failed = failures(results);
  for (const failure of failed) console.error(`failed: ${failure}`);
  if (failed.length > 0) process.exitCode = 1;
}
