import { McpServer, type Principal } from "slipway";
import {
  type LimitStore,
  type LimitsOptions,
  limits,
  memoryLimits,
  perHour,
  perMinute,
} from "slipway/limits";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { openWire, type Wire } from "../support/index.ts";

const ADA: Principal = { subject: "ada", tenant: "acme" };

/** A store of a user's own, which does what the test says, and keeps what it was asked. */
function makeStore(does: (kept: LimitStore, key: string) => number | Promise<number>) {
  const memory = memoryLimits();
  const asked: string[] = [];
  const store: LimitStore = {
    take(limit, key, rate, count) {
      asked.push(`${limit} ${key}`);
      return does({ ...memory, take: () => memory.take(limit, key, rate, count) } as LimitStore, key);
    },
    count(limit, key, max, endsAt, count) {
      asked.push(`${limit} ${key} until ${new Date(endsAt).toISOString()}`);
      return does({ ...memory, take: () => memory.count(limit, key, max, endsAt, count) } as LimitStore, key);
    },
  };
  return { store, asked };
}

/** Asks the store after a while, as one elsewhere would. */
const later = async (kept: LimitStore) => kept.take("", "", perHour(1), 1);

async function open(options: LimitsOptions): Promise<Wire> {
  const server = new McpServer({ name: "limited", version: "1", logger: recordingLogger() });
  server.tool("plain", { handler: () => "plain" });
  return openWire(server, { transport: "fetch", principal: ADA, limits: limits(options) });
}

const status = async (wire: Wire) => (await wire.callTool("plain")).status;

describe("a store that answers later", () => {
  test("is asked for each limit in turn, and not for those after one that refuses", async () => {
    const { store, asked } = makeStore(later);
    const wire = await open({
      principal: perHour(2),
      tenant: perHour(3),
      quotas: { principal: { day: 10 } },
      tools: { plain: { rate: perHour(1) } },
      store,
    });
    expect(await status(wire)).toBe(200);
    const caller = JSON.stringify(["acme", "ada"]);
    const [tomorrow] = new Date(Date.now() + 86_400_000).toISOString().split("T");
    expect(asked).toEqual([
      `caller ${caller}`,
      "tenant acme",
      `caller:day ${caller} until ${tomorrow}T00:00:00.000Z`,
      "tool:plain ",
    ]);
    expect((await wire.callTool("plain")).error.data).toMatchObject({
      limit: 'the rate of the tool "plain"',
    });
    asked.length = 0;
    expect((await wire.callTool("plain")).error.data).toMatchObject({ limit: "your rate" });
    expect(asked).toEqual([`caller ${caller}`]);
  });

  test("is not asked again for whom it has refused", async () => {
    const { store, asked } = makeStore(later);
    const wire = await open({ principal: perHour(1), store });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push(await status(wire));
    expect(statuses).toEqual([200, 429, 429, 429, 429]);
    expect(asked).toHaveLength(2);
    const bob = await wire.connect({ principal: { subject: "bob" } });
    expect(await status(bob)).toBe(200);
  });
});

describe.each([
  { how: "rejects", fail: () => Promise.reject(new Error("ECONNREFUSED")) },
  {
    how: "throws",
    fail: () => {
      throw new Error("ECONNREFUSED");
    },
  },
  { how: "never answers", fail: () => new Promise<number>(() => {}) },
])("a store that $how", ({ fail }) => {
  test("is left alone for a while, and counted without", async () => {
    const logger = recordingLogger();
    const { store, asked } = makeStore(fail);
    const wire = await open({ principal: perMinute(3), store, storeTimeoutMs: 20, logger });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push(await status(wire));
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(asked).toHaveLength(1);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      "The store of the limits is away; until it is back, this instance counts for itself.",
    ]);
  });

  test("closes the server where that was chosen", async () => {
    const { store, asked } = makeStore(fail);
    const logger = recordingLogger();
    const wire = await open({
      principal: perMinute(3),
      store,
      whenStoreAway: "closed",
      storeTimeoutMs: 20,
      logger,
    });
    for (let i = 0; i < 3; i++) {
      const refused = await wire.callTool("plain");
      expect(refused.status).toBe(503);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(refused.text).not.toContain("ECONNREFUSED");
    }
    expect(asked).toHaveLength(1);
    expect(logger.text()).toContain("all requests are refused");
  });
});

test("on stdio a store that is away and closes is an error of the protocol", async () => {
  const { store } = makeStore(() => Promise.reject(new Error("ECONNREFUSED")));
  const server = new McpServer({ name: "limited", version: "1", logger: recordingLogger() });
  server.tool("plain", { handler: () => "plain" });
  const bounds = limits({
    principal: perMinute(3),
    store,
    whenStoreAway: "closed",
    logger: recordingLogger(),
  });
  const wire = await openWire(server, { transport: "stdio", limits: bounds });
  expect((await wire.callTool("plain")).error).toMatchObject({ code: -32603, data: { retryAfter: 1 } });
});
