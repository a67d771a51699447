import { describe, expect, test } from "vitest";
import { runChaos } from "./chaos.ts";
import { FAULTS, type Fault } from "./faults.ts";

const small = { store: "redis", instances: 4, clients: 24, seed: 7 } as const;

test("clients of a fleet that is broken all the time see what was promised", async () => {
  const report = await runChaos({ ...small, seconds: 10 });
  console.log(report);
  expect(report.violations).toEqual([]);
  expect(report.calls).toBeGreaterThan(20);
  expect(report.kills).toBeGreaterThan(0);
  expect(report.cuts).toBeGreaterThan(0);
  expect(report.outages).toBeGreaterThan(0);
  expect(report.trials).toBeGreaterThan(0);
  expect(report.ends["result"]).toBeGreaterThan(0);
}, 180_000);

/** Enough for what goes wrong all the time. */
const tiny = { ...small, instances: 3, clients: 18, seconds: 3, patienceMs: 8_000 };

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
