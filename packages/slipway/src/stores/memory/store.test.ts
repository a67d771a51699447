import { expect, test } from "vitest";
import { runContract, storeContract } from "../../testing/index.ts";
import { memoryStore } from "./store.ts";

test("the store keeps the contract of a store", async () => {
  const report = await runContract(storeContract, {
    abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize", "deadAfterMs"],
    makeInstances: (count, { deadAfterMs, ...sessions } = {}) => {
      const store = memoryStore({ sessions, deadAfterMs });
      const stores = [store, ...Array.from({ length: count - 1 }, () => store.instance())];
      // Within one process an instance dies as it closes.
      return stores.map((each) => ({
        ...each,
        bus: Object.assign(each.bus, { crash: () => each.bus.close() }),
      }));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([
    {
      name: "bus: an instance whose connection was cut is told that it missed something, and hears again",
      reason: "the adapter does not offer interrupt",
    },
  ]);
  expect(report.passed).toHaveLength(189);
}, 60_000);
