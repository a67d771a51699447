import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "slipway/sqlite";
import { runContract, storeContract } from "slipway/testing";
import { afterAll, expect, test } from "vitest";
import { remoteStore } from "./remote-store.ts";
import { printed } from "./report.ts";
import type { RemoteStore } from "./store-line.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-sqlite-"));
const processes: RemoteStore[] = [];

afterAll(async () => {
  await Promise.all(processes.map((each) => each.kill()));
  rmSync(folder, { recursive: true });
});

async function start(path: string, settings?: object): Promise<RemoteStore> {
  const store = await remoteStore("sqlite", path, settings);
  processes.push(store);
  return store;
}

test("a store in an SQLite file keeps the contract with processes of their own, which may be killed", async () => {
  const shared: RemoteStore[] = [];
  let own = 0;
  const report = await runContract(storeContract, {
    abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize", "deadAfterMs"],
    makeInstances: async (count, settings) => {
      if (settings !== undefined) {
        const path = join(folder, `own-${own++}.db`);
        return Promise.all(Array.from({ length: count }, () => start(path, settings)));
      }
      while (shared.length < count) shared.push(await start(join(folder, "shared.db")));
      shared.push(...shared.splice(0, 1));
      return shared.slice(0, count);
    },
  });
  printed("sqlite, several processes", report);
  expect(report.failed).toEqual([]);
  expect(report.skipped.map(({ name }) => name)).toEqual([
    "bus: an instance whose connection was cut is told that it missed something, and hears again",
  ]);
  expect(report.passed).toHaveLength(storeContract.length - 1);
}, 300_000);

test("sessions, events, tasks and handles outlive a process that is killed while it appends", async () => {
  const path = join(folder, "killed.db");
  const first = await start(path);
  const id = first.sessions.generateSessionId();
  await first.sessions.create(id, { protocolVersion: "test" });
  const begin = (await first.sessions.openStream?.(id, "stream")) ?? "";
  await first.handles.create("handle", { kept: true }, 60_000);
  await first.tasks.create("task", { principal: "", call: {}, ttlMs: 60_000 }, "owner");
  const acknowledged: string[] = [];
  for (let index = 0; index < 500; index++) {
    const appended = first.sessions.appendEvent(id, "stream", { index });
    void Promise.resolve(appended).then(
      (eventId) => acknowledged.push(eventId ?? ""),
      () => {},
    );
    if (index === 20) await appended;
  }
  await first.kill();

  const second = sqliteStore(path);
  const kept: string[] = [];
  const messages: unknown[] = [];
  await second.sessions.replay(id, begin, (eventId, message) => {
    kept.push(eventId);
    messages.push(message);
  });
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(kept.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(messages).toEqual(messages.map((_, index) => ({ index })));
  expect((await second.sessions.get(id))?.meta).toEqual({ protocolVersion: "test" });
  expect((await second.handles.read("handle", 60_000))?.value).toEqual({ kept: true });
  expect((await second.tasks.claim("task", "owner", "next"))?.owner).toBe("next");
  await second.close();
});
