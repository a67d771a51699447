// Runs the official conformance suite against the everything server. `--binding fetch` serves it through the
// Fetch API handler instead of the Node binding.
import { parseArgs } from "node:util";
import { isConformant, runConformance } from "./conformance.ts";
import { type Binding, bindings } from "./fixture.ts";
import { tableOf } from "./table.ts";

const { values } = parseArgs({ options: { binding: { type: "string", default: "node" } } });
const binding = values.binding as Binding;
if (!bindings.includes(binding)) {
  throw new Error(`--binding must be one of ${bindings.join(", ")}; got "${values.binding}".`);
}

const reports = await runConformance(binding);
console.log(tableOf(reports));
process.exitCode = reports.every(isConformant) ? 0 : 1;
