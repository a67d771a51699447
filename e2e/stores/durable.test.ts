import type { Miniflare } from "miniflare";
import { runContract, storeContract } from "slipway/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { durableWorkers } from "../support/workers.ts";
import { printed } from "./report.ts";
import type { RemoteStore } from "./store-line.ts";
import { workerStore } from "./worker-store.ts";

const NAMES = ["first", "second", "third"] as const;

describe("a store in Durable Objects", () => {
  let workers: Miniflare;
  beforeAll(async () => {
    workers = await durableWorkers("../stores/durable-worker.ts", NAMES);
  });
  afterAll(() => workers.dispose());

  test("keeps the contract with several Workers, which may be killed, in workerd", async () => {
    const shared: RemoteStore[] = [];
    let own = 0;
    const report = await runContract(storeContract, {
      abilities: ["idleTimeoutMs", "maxEventBufferSize", "deadAfterMs"],
      makeInstances: async (count, settings) => {
        const start = async (index: number, name: string) => {
          const worker = NAMES[index % NAMES.length] ?? "first";
          const store = await workerStore(workers, worker, { ...settings, name });
          // All objects are made, so that no case about time waits for them.
          await store.ready();
          return store;
        };
        if (settings !== undefined) {
          const name = `own-${own++}`;
          return Promise.all(Array.from({ length: count }, (_, index) => start(index, name)));
        }
        while (shared.length < count) shared.push(await start(shared.length, "shared"));
        shared.push(...shared.splice(0, 1));
        return shared.slice(0, count);
      },
    });
    printed("Durable Objects, several Workers", report);
    expect(report.failed).toEqual([]);
    expect(report.skipped).toEqual([
      {
        name: "sessions: a full adapter refuses a session and takes one again when another has ended",
        reason: "the adapter does not offer maxSessions",
      },
    ]);
    expect(report.passed).toHaveLength(storeContract.length - 1);
  }, 120_000);
});
