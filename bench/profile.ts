// Shows where a server spends its time while a table's load is on it.
//
//   npm run bench:profile -- TABLE [CONTESTANT] [--allocations] [--seconds N]
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keepAwake } from "./engine/awake.ts";
import { makeBuild } from "./engine/build.ts";
import { root } from "./engine/folders.ts";
import { pinThisProcess } from "./engine/process.ts";
import { roster } from "./engine/roster.ts";
import { type AllocationProfile, allocations, type CpuProfile, type Share, times } from "./report/profile.ts";
import { align } from "./report/tables.ts";
import { WORKLOADS } from "./workloads/index.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    allocations: { type: "boolean", default: false },
    seconds: { type: "string", default: "5" },
    top: { type: "string", default: "40" },
  },
});
const [name, contestantName = "slipway"] = positionals;
const tables = WORKLOADS.flatMap((workload) => workload.tables);
const table = tables.find((one) => one.name === name);
if (table === undefined) {
  throw new Error(`There is no table "${name}". There are: ${tables.map((one) => one.name).join(", ")}.`);
}

pinThisProcess();
keepAwake();
const build = await makeBuild("current", `${root}/packages/slipway`);
const folder = mkdtempSync(join(tmpdir(), "slipway-profile-"));
const kind = options.allocations ? "heap" : "cpu";
// Processes that are started from here on take it over.
process.env["NODE_OPTIONS"] = `--${kind}-prof --${kind}-prof-dir=${folder}`;
const seconds = Number(options.seconds);
for (const contestant of roster(build, [contestantName])) {
  const running = await table.start(contestant, { runs: 1, seconds, warmup: 2 });
  console.log(JSON.stringify((await running.run()).values));
  await running.stop();
}

for (const file of readdirSync(folder)) {
  const profile: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const shares = options.allocations
    ? allocations(profile as AllocationProfile)
    : times(profile as CpuProfile);
  console.log(`\n${join(folder, file)}\n`);
  console.log(render(shares.slice(0, Number(options.top))));
}

function render(shares: readonly Share[]): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const rows = shares.map(({ name, place, self, total }) => [name, place, percent(self), percent(total), ""]);
  return align([["function", "place", "self", "total", ""], ...rows]);
}
