// Runs the official conformance suite against the everything server: in one process, then over Redis in two of them; and
// against the client. `--binding node|fetch|fleet` runs it for servers once, as that says.
import { parseArgs } from "node:util";
import { runClientScenarios } from "./client-suite.ts";
import { holds, isConformant, runConformance, runTaskScenarios } from "./conformance.ts";
import { type Binding, bindings } from "./fixture.ts";
import { clientTableOf, tableOf } from "./table.ts";

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

const client = await runClientScenarios();
console.log(`client\n${clientTableOf(client)}`);
if (!client.every(({ verdict }) => holds(verdict))) process.exitCode = 1;
