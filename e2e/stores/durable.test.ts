import type { Miniflare } from "miniflare";
import type { DurableObjectStoreOptions } from "slipway/cloudflare";
import { runContract, storeContract } from "slipway/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
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

  const start = (worker: (typeof NAMES)[number], name: string, options: DurableObjectStoreOptions = {}) =>
    workerStore(workers, worker, { listenAfterMs: 0, ...options, name });

  /** What an object says when it is asked by a test. */
  const ask = async (object: string, hook: string) => {
    const query = new URLSearchParams({ object, hook });
    return (await workers.dispatchFetch(`http://first.example/?${query}`)).json();
  };

  // What follows mostly waits, so that all of it is done at once.

  test.concurrent("keeps the contract with several Workers, which may be killed, in workerd", async () => {
    const shared: RemoteStore[] = [];
    let own = 0;
    const report = await runContract(storeContract, {
      abilities: ["idleTimeoutMs", "maxEventBufferSize", "deadAfterMs"],
      makeInstances: async (count, settings) => {
        const ready = async (index: number, name: string) => {
          const store = await start(NAMES[index % NAMES.length] ?? "first", name, settings);
          // All objects are made, so that no case about time waits for them.
          await store.ready();
          return store;
        };
        if (settings !== undefined) {
          const name = `own-${own++}`;
          return Promise.all(Array.from({ length: count }, (_, index) => ready(index, name)));
        }
        while (shared.length < count) shared.push(await ready(shared.length, "shared"));
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
  }, 300_000);

  test.concurrent("reaches who listens through an object that was out of memory meanwhile", async () => {
    const [a, b] = [await start("first", "asleep", { deadAfterMs: 2_000 }), await start("second", "asleep")];
    const heard: unknown[] = [];
    let missed = 0;
    await a.bus.subscribe(
      (message) => void heard.push(message),
      () => void missed++,
    );
    const life = await ask("asleep/bus", "life");
    // The runtime lets go of an object that nobody calls for 10 seconds; to ask is to call.
    await new Promise((resolve) => setTimeout(resolve, 13_000));
    expect(await b.bus.isAlive(a.bus.instanceId)).toBe(true);
    expect(await ask("asleep/bus", "life")).not.toBe(life);
    await b.bus.publish({ text: "awake" });
    await vi.waitFor(() => expect(heard).toEqual([{ text: "awake" }]));
    expect(missed).toBe(0);
  });

  test.concurrent("forgets what has expired by itself, and keeps the rest", async () => {
    const store = await start("third", "expired", { shards: 1, idleTimeoutMs: 3_000 });
    const session = store.sessions.generateSessionId();
    await store.sessions.create(session, { protocolVersion: "test" });
    await store.journals.put("sealed", 3_000);
    await store.handles.create("short", 1, 3_000);
    await store.handles.create("long", 1, 60_000);
    expect(await ask("expired/shard-0", "rows")).toBe(4);
    await vi.waitFor(async () => expect(await ask("expired/shard-0", "rows")).toBe(1), { timeout: 30_000 });
    expect((await store.handles.read("long", 60_000))?.value).toBe(1);
  });

  test.concurrent("outlives a restart of its objects: nobody counts as dead, and who waits is answered", async () => {
    const name = "restarted";
    const options = { shards: 1, deadAfterMs: 5_000 };
    const [a, b] = [await start("first", name, options), await start("second", name, options)];
    const heard: unknown[] = [];
    let missed = 0;
    await a.bus.subscribe(
      (message) => void heard.push(message),
      () => void missed++,
    );
    const { promise, ready } = a.clientRequests.createPending("session", "question", { timeoutMs: 60_000 });
    await ready;
    const lives = await Promise.all([ask(`${name}/bus`, "life"), ask(`${name}/shard-0`, "life")]);
    await Promise.all([ask(`${name}/bus`, "restart"), ask(`${name}/shard-0`, "restart")]);
    // Before it has come back, too. While the object starts, nobody can tell.
    const seen: unknown[] = [];
    const until = performance.now() + 20_000;
    do seen.push(await Promise.resolve(b.bus.isAlive(a.bus.instanceId)).catch((error) => error.name));
    while (missed === 0 && performance.now() < until);
    expect(missed).toBe(1);
    expect(seen.filter((alive) => alive !== "StoreUnavailableError")).not.toContain(false);
    expect(await b.bus.isAlive(a.bus.instanceId)).toBe(true);
    await b.bus.publish({ text: "again" });
    await vi.waitFor(() => expect(heard).toEqual([{ text: "again" }]));
    expect(await b.clientRequests.resolvePending("session", "question", { result: {} })).toBe(true);
    expect(await promise).toEqual({ result: {} });
    expect(await Promise.all([ask(`${name}/bus`, "life"), ask(`${name}/shard-0`, "life")])).not.toEqual(
      lives,
    );
  });

  test.concurrent("refuses what no row can hold, and says so", async () => {
    const store = await start("first", "large", { shards: 1 });
    await expect(store.handles.create("large", "x".repeat(4_500_000), 60_000)).rejects.toThrow(
      /2 MB in a row/,
    );
    await store.handles.create("large", "less", 60_000);
  });

  test.concurrent("tells a Worker that uses one store for several requests to make one for each", async () => {
    const use = async () => (await workers.dispatchFetch("http://third.example/?shared")).text();
    expect(await use()).toBe("");
    expect(await use()).toMatch(/make it, the transport and the server for each request/);
  });
});
