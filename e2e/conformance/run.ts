// Runs the official conformance suite against the everything server: in one process, then over Redis in two of them.
// `--binding node|fetch|fleet` runs it once, as that says.
import { parseArgs } from "node:util";
import { holds, isConformant, runConformance, runTaskScenarios } from "./conformance.ts";
import { type Binding, bindings } from "./fixture.ts";
import { tableOf } from "./table.ts";

const { values } = parseArgs({
  options: { binding: { type: "string", multiple: true, default: ["node", "fleet"] } },
});
const unknown = values.binding.find((binding) => !bindings.includes(binding as Binding));
if (unknown !== undefined) {
  throw new Error(`--binding must be one of ${bindings.join(", ")}; got "${unknown}".`);
}

for (const binding of values.binding as Binding[]) {
  const reports = await runConformance(binding);
  const tasks = await runTaskScenarios(binding);
  console.log(`${binding}\n${tableOf(reports, tasks)}\n`);
  if (!reports.every(isConformant) || !tasks.every(holds)) process.exitCode = 1;
}
