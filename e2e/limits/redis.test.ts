import { type LimitsOptions, perHour, perMinute, perSecond, redisLimits } from "slipway/limits";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientOf, clusterClientOf } from "../stores/redis-clients.ts";
import { pause, RedisServer, startCluster, stopAll } from "../stores/redis-servers.ts";
import { type Instance, startInstance } from "./instance.ts";

/** How long an instance waits for Redis where that is away; elsewhere a busy machine is not to look so. */
const TIMEOUT_MS = 300;

afterAll(stopAll);

/** How many of the statuses are which. */
function tally(statuses: readonly number[]): { [status: number]: number } {
  return Object.fromEntries(
    [...new Set(statuses)].map((one) => [one, statuses.filter((s) => s === one).length]),
  );
}

async function callSeveral(instance: Instance, times: number) {
  const replies = [];
  for (let i = 0; i < times; i++) replies.push(await instance.call());
  return replies;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20);
}

describe.each(["ioredis", "redis"] as const)("limits in Redis, over %s", (library) => {
  let server: RedisServer;
  let stores: ReturnType<typeof redisLimits>[];
  let instances: Instance[];

  /** Instances of one server, each with a connection of its own; two, where nothing else is said. */
  const start = async (first: LimitsOptions, ...others: LimitsOptions[]): Promise<Instance[]> => {
    for (const options of [first, ...(others.length === 0 ? [first] : others)]) {
      const store = redisLimits(clientOf(library, server.url), {
        prefix: `test:${expect.getState().currentTestName}`,
      });
      stores.push(store);
      instances.push(await startInstance({ storeTimeoutMs: 5_000, ...options, store }));
    }
    return instances;
  };

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  beforeEach(() => {
    [stores, instances] = [[], []];
  });

  afterEach(async () => {
    server.resume();
    for (const instance of instances) await instance.close(0);
    for (const store of stores) await store.close();
  });

  afterAll(() => server.stop());

  test("instances that are asked at once let in together what the limit says", async () => {
    const [a, b] = (await start({ principal: perHour(20) })) as [Instance, Instance];
    const replies = await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? a : b).call()));
    expect(tally(replies.map(({ status }) => status))).toEqual({ 200: 20, 429: 40 });
    for (const { status, retryAfter } of replies) {
      if (status === 429) expect(Number(retryAfter)).toBeGreaterThan(170);
    }
    expect([...a.log, ...b.log]).toEqual([]);
  });

  test("tokens come back one by one", async () => {
    const [a, b] = (await start({ principal: perSecond(4, { burst: 2 }) })) as [Instance, Instance];
    expect([await a.call(), await b.call()].map(({ status }) => status)).toEqual([200, 200]);
    expect((await a.call()).retryAfter).toBe("1");
    await pause(300);
    expect([await b.call(), await a.call()].map(({ status }) => status)).toEqual([200, 429]);
    await pause(800);
    const statuses = [await a.call(), await b.call(), await b.call()].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  test("quotas and rates of the same caller are kept apart, and each quota to the end of its period", async () => {
    const [a, b] = (await start({
      principal: perHour(100),
      quotas: { principal: { day: 3, month: 50 }, tenant: { month: 40 } },
    })) as [Instance, Instance];
    const statuses = [];
    for (const instance of [a, b, a, b, a]) statuses.push((await instance.call()).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const midnight = Math.ceil((86_400_000 - (Date.now() % 86_400_000)) / 1_000);
    expect(Math.abs(Number((await b.call()).retryAfter) - midnight)).toBeLessThan(5);
    expect([...a.log, ...b.log]).toEqual([]);
  });

  test("a flood of those who were refused does not reach Redis", async () => {
    const [a] = (await start({ principal: perHour(1) })) as [Instance];
    for (let i = 0; i < 2; i++) await a.call();
    server.pause();
    for (let i = 0; i < 20; i++) expect((await a.call()).status).toBe(429);
    expect(a.log).toEqual([]);
  });

  describe.each(["hangs", "is gone"] as const)("while Redis %s", (how) => {
    const away = async () => {
      if (how === "hangs") server.pause();
      else await server.kill();
    };
    const back = async () => {
      if (how === "hangs") server.resume();
      else await server.start();
    };

    test("instances count for themselves, or refuse where that was chosen, keep nobody waiting but the first, and count together again", async () => {
      const open: LimitsOptions = { principal: perMinute(5), storeTimeoutMs: TIMEOUT_MS };
      const closed: LimitsOptions = { ...open, whenStoreAway: "closed" };
      const [a, b, c] = (await start(open, open, closed)) as [Instance, Instance, Instance];
      for (const instance of [a, b, c]) expect((await instance.call()).status).toBe(200);
      await away();
      const [own, refused] = await Promise.all([callSeveral(a, 7), callSeveral(c, 3)]);
      expect(tally(own.map(({ status }) => status))).toEqual({ 200: 5, 429: 2 });
      for (const { status, retryAfter } of refused) expect([status, retryAfter]).toEqual([503, "1"]);
      for (const replies of [own, refused]) {
        expect(Math.max(...replies.map(({ ms }) => ms))).toBeLessThan(TIMEOUT_MS + 700);
        expect(replies.filter(({ ms }) => ms > TIMEOUT_MS - 20).length).toBeLessThanOrEqual(1);
      }
      expect(a.log).toEqual([expect.stringContaining("this instance counts for itself")]);
      expect(c.log).toEqual([expect.stringContaining("all requests are refused")]);

      await back();
      await until(async () => {
        await Promise.all([a.call(), c.call()]);
        return a.log.length === 2 && c.log.length === 2;
      });
      for (const { log } of [a, c]) expect(log[1]).toContain("is back");
      // What others use is counted again.
      for (let i = 0; i < 6; i++) await c.call();
      await until(async () => (await b.call()).status === 429);
    });
  });

  test("a Redis that is not there at first is found later", async () => {
    await server.kill();
    const [a, b] = (await start({ principal: perSecond(3) })) as [Instance, Instance];
    for (const instance of [a, b]) expect((await instance.call()).status).toBe(200);
    await server.start();
    await until(async () => {
      await Promise.all([a.call(), b.call()]);
      return a.log.length === 2 && b.log.length === 2;
    });
    for (const { log } of [a, b]) expect(log[1]).toContain("is back");
  });
});

describe("limits in a Cluster", () => {
  let servers: RedisServer[];

  beforeAll(async () => {
    servers = await startCluster();
  });

  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  test.each(["ioredis", "redis"] as const)("hold over %s for callers of all slots", async (library) => {
    const ports = servers.map(({ port }) => port);
    const stores = [0, 1].map(() => redisLimits(clusterClientOf(library, ports), { prefix: library }));
    const rate = perHour(3);
    try {
      for (let caller = 0; caller < 12; caller++) {
        const waits = [];
        for (let i = 0; i < 4; i++) waits.push(await stores[i % 2]?.take("caller", `${caller}`, rate, 1));
        expect(waits).toEqual([0, 0, 0, expect.any(Number)]);
        expect(waits[3]).toBeGreaterThan(1_000_000);
      }
      for (let i = 0; i < 3; i++) expect(await stores[0]?.take("fast", "", perSecond(10_000_000), 1)).toBe(0);
      const endsAt = Date.now() + 60_000;
      expect(await stores[0]?.count("caller", "a", 5, endsAt, 4)).toBe(0);
      expect(await stores[1]?.count("caller", "a", 5, endsAt, 2)).toBeGreaterThan(50_000);
      expect(await stores[1]?.count("caller", "a", 5, endsAt, 1)).toBe(0);
    } finally {
      for (const store of stores) await store.close();
    }
  });
});

test("what is no client is refused with a word", () => {
  for (const nothing of [undefined, null, {}, "redis://localhost", { duplicate() {} }]) {
    expect(() => redisLimits(nothing as never)).toThrow("expected a client of `ioredis`");
  }
});
