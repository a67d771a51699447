// Restarts the instances of a fleet one after the other while clients use it: `npm run drain -- --clients 200 --rounds 3`.
// Exits with 0 if no call has failed.
import { parseArgs } from "node:util";
import { STORES, type StoreName } from "../chaos/stores.ts";
import { runRolling } from "./rolling.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", multiple: true, default: [...STORES] },
    clients: { type: "string", default: "200" },
    rounds: { type: "string", default: "2" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "pause-ms": { type: "string", default: "2000" },
  },
});

const [clients = 0, rounds = 0, seed = 0, pauseMs = 0] = [
  values.clients,
  values.rounds,
  values.seed,
  values["pause-ms"],
].map(Number);
if (!(clients >= 3 && rounds >= 1 && Number.isInteger(seed) && pauseMs >= 0))
  throw new Error(
    "Expected three clients and one round at least, a whole number as the seed, and milliseconds.",
  );
for (const store of values.store as StoreName[]) {
  if (!STORES.includes(store)) throw new Error(`--store must be ${STORES.join(" or ")}, got "${store}".`);
  console.log(`${store}: ${clients} clients, 3 instances, each restarted ${rounds} times, seed ${seed}`);
  const report = await runRolling({ store, clients, rounds, seed, pauseMs });
  console.log(`${report.calls} calls, of which ${report.during} were open when an instance was told to end`);
  console.log(`${report.handedOver} calls waited for their client, and went on elsewhere`);
  console.log(`time to drain: ${report.drains.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(", ")}`);
  console.log(`${report.failed.length} failed calls, ${report.violations.length} violations`);
  const found = [...report.failed, ...report.violations];
  for (const line of found.slice(0, 50)) console.log(`  ${line}`);
  if (found.length > 0 || report.codes.some((code) => code !== 0)) process.exitCode = 1;
}
process.exit();
