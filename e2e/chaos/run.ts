// Breaks a fleet for as long as one likes: `npm run chaos -- --store redis --seconds 300 --clients 400`. `--outage-every`
// says how often the store goes away or hangs, in milliseconds.
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";
import { STORES, type StoreName } from "./stores.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", multiple: true, default: [...STORES] },
    instances: { type: "string", default: "4" },
    clients: { type: "string", default: "200" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "outage-every": { type: "string" },
  },
});

const outageEveryMs = Number(values["outage-every"] ?? 0);
if (!(outageEveryMs >= 0))
  throw new Error(`--outage-every must be a number, got "${values["outage-every"]}".`);
for (const store of values.store as StoreName[]) {
  if (!STORES.includes(store)) throw new Error(`--store must be ${STORES.join(" or ")}, got "${store}".`);
  const [instances = 0, clients = 0, seconds = 0, seed = 0] = [
    values.instances,
    values.clients,
    values.seconds,
    values.seed,
  ].map(Number);
  if (!(instances >= 2 && clients >= 3 && seconds >= 1 && Number.isInteger(seed)))
    throw new Error(
      "Expected two instances, three clients and one second at least, and a whole number as the seed.",
    );
  console.log(`${store}: ${clients} clients, ${instances} instances, ${seconds} s, seed ${seed}`);
  const { violations, ...report } = await runChaos({
    store,
    instances,
    clients,
    seconds,
    seed,
    ...(outageEveryMs > 0 && { outageEveryMs }),
  });
  console.log(report);
  console.log(`${violations.length} violations`);
  for (const violation of violations.slice(0, 50)) console.log(`  ${violation}`);
  if (violations.length > 0) process.exitCode = 1;
}
process.exit();
