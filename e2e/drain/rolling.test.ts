import { expect, test } from "vitest";
import { type RollingOptions, runRolling } from "./rolling.ts";

// The whole run is `npm run drain`: over both stores, as many rounds as one likes.
const runs: RollingOptions[] = [
  { store: "redis", clients: 200, rounds: 1, seed: 7, pauseMs: 2_000 },
  { store: "postgres", clients: 30, rounds: 1, seed: 7, pauseMs: 1_000 },
];

test.each(runs)(
  "three instances over $store are restarted one after the other, and none of $clients clients has a call that fails",
  async (options) => {
    const { failed, violations, codes, drains, ...counts } = await runRolling(options);
    console.log(options.store, counts, `time to drain in ms: ${drains.map(Math.round).join(", ")}`);
    expect(failed).toEqual([]);
    expect(violations).toEqual([]);
    expect(codes).toEqual([0, 0, 0]);
    expect(counts.calls).toBeGreaterThan(options.clients);
    expect(counts.during).toBeGreaterThan(0);
    expect(counts.handedOver).toBeGreaterThan(0);
  },
  180_000,
);
