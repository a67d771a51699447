import { Redis } from "ioredis";
import { McpServer, StreamableHttpTransport } from "slipway";
import { RedisSessionAdapter, type RedisStore, redisStore } from "slipway/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientOf, clusterClientOf } from "./redis-clients.ts";
import { RedisServer, startCluster, stopAll } from "./redis-servers.ts";

const META = {
  protocolVersion: "2025-11-25",
  clientInfo: { name: "a-client", version: "1.0.0", title: "A client" },
  clientCapabilities: { roots: { listChanged: true }, sampling: {}, elicitation: {} },
  principal: '["acme","user-1234567890"]',
  tenant: "acme",
};

let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  server = await RedisServer.start();
  admin = new Redis(server.url);
});

afterAll(async () => {
  admin.disconnect();
  await stopAll();
});

beforeEach(async () => {
  await admin.flushall();
});

/** Leaves something of every kind behind. */
async function useEverything(store: RedisStore): Promise<string> {
  const { sessions, clientRequests, bus, tasks, handles, journals } = store;
  const id = sessions.generateSessionId();
  await sessions.create(id, META);
  await sessions.openStream(id, "opened");
  await sessions.openStream(id, "closed");
  await sessions.appendEvent(id, "appended", 1);
  await sessions.closeStream(id, "closed");
  await sessions.updateState(id, { logLevel: "info", subscribe: "file:///x" });
  await sessions.writeValue(id, "key", { value: 1 }, 0);
  await sessions.beginCall(id, "call", { request: 1 }, "owner");
  await sessions.saveCall(id, "call", "owner", ["journal"], ["question", "open"]);
  await sessions.answerCall(id, "question", "answer");
  await sessions.appendCallEvent(id, "call", "owner", 1, false);
  for (const timeoutMs of [0, 60_000])
    await clientRequests.createPending(id, `wait-${timeoutMs}`, { timeoutMs }).ready;
  await clientRequests.createPending(id, "answered").ready;
  await bus.subscribe(
    () => {},
    () => {},
  );
  for (const task of ["working", "asking", "ended"])
    await tasks.create(task, { principal: "", call: 1, ttlMs: 60_000 }, "owner");
  await tasks.ask("asking", "owner", [], { key: "question" });
  await tasks.finish("ended", "owner", "completed", { result: 1 });
  await handles.create("handle", 1, 60_000);
  await journals.put("sealed", 60_000);
  return id;
}

test("every key has a time to live", async () => {
  const store = redisStore(clientOf("ioredis", server.url));
  await useEverything(store);
  const keys = await admin.keys("*");
  console.log(`${keys.length} keys:\n${keys.sort().join("\n")}`);
  expect(keys).toHaveLength(26);
  for (const key of keys) expect([key, (await admin.pttl(key)) > 0]).toEqual([key, true]);
  await store.close();
  expect((await admin.keys("*")).filter((key) => key.includes("instances"))).toEqual([]);
});

test("the keys of a session that has ended are gone, and those of one that expires follow it", async () => {
  const store = redisStore(clientOf("redis", server.url), { idleTimeoutMs: 200, closedStreamTtlMs: 100 });
  const ended = await useEverything(store);
  const expiring = store.sessions.generateSessionId();
  await store.sessions.create(expiring, META);
  await store.sessions.appendEvent(expiring, "stream", 1);
  await store.sessions.writeValue(expiring, "key", 1, 0);
  expect((await admin.keys("*session:*")).length).toBeGreaterThan(8);
  await store.sessions.delete(ended);
  expect(await admin.keys(`*${ended}*`)).toHaveLength(3);
  expect((await admin.keys(`*${ended}*`)).every((key) => key.includes(":wait:"))).toBe(true);
  while ((await admin.keys("*session:*")).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await store.close();
});

test("all keys of a session are in one slot of a Cluster, and sessions and tasks are spread", async () => {
  const nodes = await startCluster();
  const store = redisStore(
    clusterClientOf(
      "redis",
      nodes.map(({ port }) => port),
    ),
  );
  const sessions: string[] = [];
  for (let count = 0; count < 30; count++) sessions.push(await openSession(store));
  const admins = nodes.map(({ url }) => new Redis(url));
  const found = await Promise.all(admins.map((each) => each.keys("*")));
  for (const id of sessions) {
    const keys = found.flat().filter((key) => key.includes(id) && key.includes(":session:"));
    expect(keys.length).toBeGreaterThanOrEqual(5);
    const slots = await Promise.all(keys.map((key) => (admins[0] as Redis).cluster("KEYSLOT", key)));
    expect(new Set(slots).size).toBe(1);
  }
  for (let count = 0; count < 30; count++)
    await store.tasks.create(`task-${count}`, { principal: "", call: 1, ttlMs: 60_000 }, "owner");
  for (const each of admins) {
    const keys = await each.keys("*");
    expect(keys.some((key) => key.includes(":session:"))).toBe(true);
    expect(keys.some((key) => key.includes(":task:"))).toBe(true);
    for (const key of keys) expect(await each.pttl(key)).toBeGreaterThan(0);
    each.disconnect();
  }
  await store.close();
  for (const node of nodes) await node.stop();
});

async function openSession({ sessions }: RedisStore): Promise<string> {
  const id = sessions.generateSessionId();
  await sessions.create(id, META);
  await sessions.appendEvent(id, "one", 1);
  await sessions.appendEvent(id, "two", 1);
  await sessions.writeValue(id, "key", 1, 0);
  await sessions.beginCall(id, "one", { request: 1 }, "owner");
  return id;
}

test("ten thousand sessions take less than a kilobyte each", async () => {
  const store = redisStore(clientOf("redis", server.url));
  const used = async () => Number(/used_memory:(\d+)/.exec(await admin.info("memory"))?.[1]);
  const open = () => store.sessions.create(store.sessions.generateSessionId(), META);
  await open();
  const before = await used();
  for (let count = 0; count < 100; count++) await Promise.all(Array.from({ length: 100 }, open));
  const bytes = ((await used()) - before) / 10_000;
  const settled = JSON.stringify(META).length;
  console.log(`${Math.round(bytes)} bytes for a session whose meta has ${settled} bytes of JSON`);
  expect(bytes).toBeLessThan(1024);
  await store.close();
});

describe("commands that Redis is sent", () => {
  /** Those of clients while the work is done, without those that scripts run. */
  async function counted(work: () => Promise<unknown>): Promise<string[]> {
    const monitor = await admin.monitor();
    const commands: string[] = [];
    monitor.on("monitor", (_time: string, args: string[], source: string) => {
      if (source !== "lua") commands.push(String(args[0]).toLowerCase());
    });
    await work();
    const mark = crypto.randomUUID();
    const seen = new Promise<void>((resolve) => {
      monitor.on("monitor", (_time: string, args: string[]) => {
        if (args[1] === mark) resolve();
      });
    });
    await admin.echo(mark);
    await seen;
    monitor.disconnect();
    return commands.filter((command) => command !== "echo");
  }

  test.each(["ioredis", "redis"] as const)(
    "over %s: one for each method that a request needs",
    async (library) => {
      const store = redisStore(clientOf(library, server.url));
      const id = await useEverything(store);
      const { sessions } = store;
      const once: (() => unknown)[] = [
        () => sessions.get(id),
        () => sessions.has(id),
        () => sessions.appendEvent(id, "stream", 1),
        () => sessions.appendCallEvent(id, "call", "owner", 1, false),
        () => sessions.readValue(id, "key"),
        () => sessions.saveCall(id, "call", "owner", ["more"], ["question", "open"]),
        () => sessions.openStream(id, "new"),
        () => sessions.closeStream(id, "new"),
        () => store.clientRequests.resolvePending(id, "unknown", 1),
        () => store.bus.publish({}),
        () => store.handles.read("handle", 60_000),
        () => store.tasks.get("working"),
        () => store.tasks.save("working", "owner", 1),
      ];
      for (const work of once) {
        // The first time, Redis may have to be told what the command is.
        await work();
        expect(await counted(async () => work())).toHaveLength(1);
      }
      const burst = () =>
        Promise.all(Array.from({ length: 50 }, (_, index) => sessions.appendEvent(id, "burst", index)));
      expect(await counted(burst)).toHaveLength(2);
      await store.close();
    },
  );

  test("a tool call in a session takes one", async () => {
    const sessionAdapter = new RedisSessionAdapter(clientOf("ioredis", server.url));
    const mcp = new McpServer({ name: "adder", version: "1" });
    mcp.tool("add", { handler: () => "three" });
    const handle = new StreamableHttpTransport({ sessionAdapter }).bind(mcp);
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const post = (message: object, more = {}) =>
      handle(
        new Request("http://localhost/mcp", {
          method: "POST",
          headers: { ...headers, ...more },
          body: JSON.stringify({ jsonrpc: "2.0", ...message }),
        }),
      );
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
    };
    const opened = await post({ id: 0, method: "initialize", params });
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    await post({ method: "notifications/initialized" }, session);
    const call = async (id: number) => {
      const response = await post(
        { id, method: "tools/call", params: { name: "add", arguments: {} } },
        session,
      );
      expect(await response.json()).toMatchObject({ id, result: { content: [{ text: "three" }] } });
    };
    await call(1);
    const commands = await counted(async () => {
      for (let id = 2; id < 12; id++) await call(id);
    });
    expect(commands).toEqual(Array(10).fill("evalsha"));
    await sessionAdapter.close();
  });
});
