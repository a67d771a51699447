import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "slipway";
import { sqliteStore } from "slipway/sqlite";
import { type ContractSettings, runContract, storeContract } from "slipway/testing";
import { afterAll, describe, expect, test } from "vitest";
import { printed } from "./report.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-sqlite-"));
const opened: Store[] = [];
let files = 0;

function open(path: string, settings?: ContractSettings): Store {
  const store = sqliteStore(path, settings);
  opened.push(store);
  return store;
}

afterAll(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true });
});

describe("a store in an SQLite file", () => {
  test.each([2, 3])(
    "keeps the contract with %i connections",
    async (least) => {
      const path = join(folder, `shared-${least}.db`);
      const shared: Store[] = [];
      const report = await runContract(storeContract, {
        abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize", "deadAfterMs"],
        makeInstances: (count, settings) => {
          if (settings !== undefined) {
            const own = join(folder, `own-${files++}.db`);
            return Array.from({ length: count }, () => open(own, settings));
          }
          while (shared.length < Math.max(count, least)) shared.push(open(path));
          // Every case begins at another connection.
          shared.push(...shared.splice(0, 1));
          return shared.slice(0, count);
        },
      });
      printed(`sqlite, ${least} connections`, report);
      expect(report.failed).toEqual([]);
      expect(report.skipped.map(({ name }) => name)).toEqual([
        "bus: an instance that dies without a word counts as dead in time, and others go on",
        "bus: an instance whose connection was cut is told that it missed something, and hears again",
      ]);
      expect(report.passed).toHaveLength(storeContract.length - 2);
    },
    300_000,
  );
});
