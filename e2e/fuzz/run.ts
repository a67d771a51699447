// Feeds the runtime with hostile input: `npm run fuzz -- --cases 100000 --seed 1 --only messages`.
import { relative } from "node:path";
import { parseArgs } from "node:util";
import type { Finding } from "./batch.ts";
import { keep, replayCorpus, replayFile } from "./corpus.ts";
import { type FuzzReport, runFuzz } from "./fuzz.ts";
import { TARGETS } from "./targets/index.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    only: { type: "string" },
    processes: { type: "string", default: "2" },
    replay: { type: "string" },
  },
});

const { only, replay } = values;
const [cases = 0, seed = 0, processes = 0] = [values.cases, values.seed, values.processes].map(Number);
if (!(cases >= 1 && Number.isInteger(seed) && Number.isInteger(processes) && processes >= 1))
  throw new Error("--cases and --processes take a number above 0, and --seed takes a whole number.");

if (replay !== undefined) {
  console.log((await replayFile(replay)) ?? "Nothing is wrong with this case.");
  process.exit();
}

const again = only === undefined ? await replayCorpus() : [];
for (const what of again) console.log(`A finding of the corpus is back: ${what}`);

console.log(`${cases} cases with seed ${seed} in ${processes} processes`);
let saidAt = 0;
const report = await runFuzz({
  cases,
  seed,
  only,
  processes,
  onFinding: tell,
  onProgress: (sofar) => {
    if (sofar.ms - saidAt < 10_000) return;
    saidAt = sofar.ms;
    console.log(`  ${rateOf(sofar)}, ${sofar.findings.length} findings`);
  },
});
console.log(rateOf(report));
for (const { name } of TARGETS) {
  const count = report.byTarget.get(name);
  if (count !== undefined) console.log(`  ${name.padEnd(16)} ${count}`);
}
console.log(`${report.findings.length} findings`);
if (report.findings.length + again.length > 0) process.exitCode = 1;
process.exit();

/** At once, as a run may be long. */
function tell(finding: Finding): void {
  const file = relative(process.cwd(), keep(finding));
  const { target, what, one } = finding;
  console.log(`\n${target}: ${what}\n  the case: ${JSON.stringify(one)?.slice(0, 4_000)}`);
  console.log(`  again: npm run fuzz -- --replay ${file}`);
  console.log(`  with all before it: npm run fuzz -- --only ${target} --cases ${cases} --seed ${seed}\n`);
}

function rateOf({ cases, ms }: FuzzReport): string {
  return `${cases} cases in ${(ms / 1000).toFixed(0)} s, ${Math.round((cases * 1000) / ms)} a second`;
}
