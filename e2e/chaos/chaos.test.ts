import { describe, expect, test } from "vitest";
import { runChaos } from "./chaos.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { STORES } from "./stores.ts";

// The whole run is `npm run chaos`: some hundred clients, for as long as one likes.
const small = {
  instances: 4,
  clients: 24,
  seconds: 5,
  seed: 7,
  outageEveryMs: 2_000,
  atLeastOnce: ["kills", "cuts", "outages", "hangs"],
} as const;

describe.concurrent("clients of a fleet that is broken all the time see what was promised", () => {
  test.each(STORES)(
    "over %s",
    async (store) => {
      const report = await runChaos({ ...small, store });
      console.log(store, report);
      expect(report.violations).toEqual([]);
      expect(report.calls).toBeGreaterThan(20);
      for (const broken of small.atLeastOnce) expect(report[broken], broken).toBeGreaterThan(0);
      expect(report.trials).toBeGreaterThan(0);
      expect(report.ends["result"]).toBeGreaterThan(0);
    },
    180_000,
  );
});

/** Enough for what goes wrong all the time. */
const tiny = { store: "redis", instances: 3, clients: 18, seconds: 2.5, patienceMs: 5_000 } as const;

const SHOWN: { readonly [fault in Fault]: RegExp } = {
  lose: /lost, repeated or out of order|events$/,
  duplicate: /lost, repeated or out of order/,
  reorder: /lost, repeated or out of order/,
  repeat: /again after it was kept/,
  everybody: /of what is everybody's/,
};

describe("the checker notices when the fleet", () => {
  test.each(FAULTS)(
    "is made to %s",
    async (fault) => {
      let found = "";
      // A fault shows where something else breaks at the right moment.
      for (let seed = 7; !SHOWN[fault].test(found) && seed < 10; seed++)
        found = (await runChaos({ ...tiny, seed, fault })).violations.join("\n");
      expect(found).toMatch(SHOWN[fault]);
    },
    180_000,
  );
});
