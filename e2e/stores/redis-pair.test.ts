import { Redis } from "ioredis";
import { createClient } from "redis";
import { McpServer, StreamableHttpTransport } from "slipway";
import {
  type RedisClient,
  RedisClientRequestAdapter,
  RedisSessionAdapter,
  type RedisStore,
  redisStore,
} from "slipway/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Child } from "../support/child.ts";
import { clientOf } from "./redis-clients.ts";
import { pause, RedisServer, stopAll } from "./redis-servers.ts";

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

/** Connections to the server besides the test's own. */
async function connections(): Promise<number> {
  const list = String(await admin.client("LIST", "TYPE", "NORMAL"));
  const listening = String(await admin.client("LIST", "TYPE", "PUBSUB"));
  return `${list}${listening}`.split("\n").filter((line) => line !== "" && !line.includes("cmd=client"))
    .length;
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await pause(10);
}

describe("the pair of adapters", () => {
  const PARAMS = {
    protocolVersion: "2025-11-25",
    capabilities: { elicitation: {} },
    clientInfo: { name: "client", version: "1" },
  };

  /** A server of its own, as a machine would run it. */
  function machine() {
    const redisClient = new Redis(server.url);
    const sessionAdapter = new RedisSessionAdapter(redisClient);
    const clientRequestAdapter = new RedisClientRequestAdapter(redisClient);
    const mcp = new McpServer({ name: "refunds", version: "1" });
    mcp.tool("refund", {
      handler: async (_, ctx) => {
        const answer = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
        return answer.action === "accept" && answer.content.sure ? "Refunded." : "Kept.";
      },
    });
    const handle = new StreamableHttpTransport({ sessionAdapter, clientRequestAdapter }).bind(mcp);
    const post = (message: object, session?: string) =>
      handle(
        new Request("http://localhost/mcp", {
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
            ...(session !== undefined && { "mcp-session-id": session }),
          },
          body: JSON.stringify({ jsonrpc: "2.0", ...message }),
        }),
      );
    const close = async () => {
      await clientRequestAdapter.close();
      await sessionAdapter.close();
      await redisClient.quit();
    };
    return { post, close };
  }

  test("takes an answer that another machine receives to the call that waits for it", async () => {
    const [one, other] = [machine(), machine()];
    const opened = await one.post({ id: 0, method: "initialize", params: PARAMS });
    const session = opened.headers.get("mcp-session-id") ?? "";
    expect((await one.post({ method: "notifications/initialized" }, session)).status).toBe(202);
    const called = await one.post(
      { id: 1, method: "tools/call", params: { name: "refund", arguments: {} } },
      session,
    );
    const messages = messagesOf(called);
    const { value: question } = await messages.next();
    expect(question).toMatchObject({ method: "elicitation/create", params: { message: "Sure?" } });
    const result = { action: "accept", content: { sure: true } };
    expect((await other.post({ id: question?.id, result }, session)).status).toBe(202);
    const { value: outcome } = await messages.next();
    expect(outcome).toMatchObject({ id: 1, result: { content: [{ text: "Refunded." }] } });
    await one.close();
    await other.close();
  });
});

test("of two instances that wait for one answer, the one that began last gets it, whatever the other does", async () => {
  const open = () => redisStore(clientOf("redis", server.url), { prefix: "two" });
  const [one, other] = [open(), open()];
  const first = one.clientRequests.createPending("session", "question", { timeoutMs: 400 });
  await first.ready;
  const second = other.clientRequests.createPending("session", "question");
  await second.ready;
  const [key = ""] = await admin.keys("two:wait:*");
  const registered = await admin.get(key);
  // Both look for their answers now, and then the first gives up.
  await admin.call("CLIENT", "KILL", "TYPE", "PUBSUB");
  await expect(first.promise).rejects.toThrow("within 400 ms");
  expect(await admin.get(key)).toBe(registered);
  expect(await one.clientRequests.resolvePending("session", "question", "answer")).toBe(true);
  expect(await second.promise).toBe("answer");
  await until(async () => (await admin.exists(key)) === 0);
  await one.close();
  await other.close();
});

/** The messages of an event stream. */
async function* messagesOf(response: Response): AsyncGenerator<{ id?: unknown }> {
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data) as { id?: unknown };
    }
  }
}

describe.each([
  ["ioredis", () => new Redis(server.url)],
  ["redis", () => createClient({ url: server.url }).on("error", () => {})],
] as const)("the client of %s that is given", (library, client) => {
  test("is a pattern for two connections, and is never used, changed or closed", async () => {
    const given = client();
    if ("isOpen" in given) await given.connect();
    await given.echo("connected");
    expect(await connections()).toBe(1);
    const store = redisStore(given);
    await store.ready();
    expect(await connections()).toBe(2);
    await store.bus.subscribe(
      () => {},
      () => {},
    );
    await store.clientRequests.createPending("session", "question").ready;
    expect(await connections()).toBe(3);
    await store.close();
    await store.close();
    await until(async () => (await connections()) === 1);
    expect(await given.echo("still there")).toBe("still there");
    await expect(Promise.resolve(store.sessions.has("id"))).rejects.toThrow("closed");
    await given.quit();
  });

  test("does not have to be connected, and a process that leaves its store open ends", async () => {
    const child = new Child("e2e/stores/redis-idle.ts", [library, server.url]);
    await child.says(/done/);
    expect(await child.exitCode()).toBe(0);
    await until(async () => (await connections()) === 0);
  });
});

describe("clients that were set up otherwise", () => {
  const withPassword = { username: "somebody", password: "secret" };

  async function works(client: RedisClient): Promise<void> {
    const [one, other] = [redisStore(client), redisStore(client)];
    await one.ready();
    const heard: unknown[] = [];
    await other.bus.subscribe(
      (message) => void heard.push(message),
      () => {},
    );
    const id = one.sessions.generateSessionId();
    await one.sessions.create(id, { protocolVersion: "x" });
    await one.sessions.updateState(id, { logLevel: "info", subscribe: "a:b" });
    expect(await other.sessions.get(id)).toEqual({
      meta: { protocolVersion: "x" },
      state: { logLevel: "info", subscriptions: ["a:b"] },
    });
    const start = (await one.sessions.openStream(id, "stream")) ?? "";
    await one.sessions.appendEvent(id, "stream", { text: "ä 船" });
    const seen: unknown[] = [];
    await other.sessions.replay(id, start, (_, message) => void seen.push(message));
    expect(seen).toEqual([{ text: "ä 船" }]);
    await one.sessions.writeValue(id, "key", [1], 0);
    expect(await other.sessions.readValue(id, "key")).toEqual({ value: [1], version: 1 });
    await one.sessions.beginCall(id, "stream", { request: 1 }, "owner");
    await one.sessions.saveCall(id, "stream", "owner", {}, ["question"]);
    expect(await other.sessions.answerCall(id, "question", 1)).toEqual({
      streamId: "stream",
      owner: "owner",
    });
    expect(await one.sessions.answeredCalls(Date.now() + 60_000, 10)).toEqual([
      { id, streamId: "stream", owner: "owner" },
    ]);
    const { promise, ready } = one.clientRequests.createPending(id, "question");
    await ready;
    expect(await other.clientRequests.resolvePending(id, "question", "answer")).toBe(true);
    expect(await promise).toBe("answer");
    await one.tasks.create("task", { principal: "", call: 1, ttlMs: 60_000 }, "owner");
    expect(await other.tasks.working(1)).toEqual([{ id: "task", owner: "owner" }]);
    await one.handles.create("handle", 1, 60_000);
    expect(await other.handles.read("handle", 60_000)).toEqual({ value: 1, version: 1 });
    await one.bus.publish({ text: "ding" });
    await until(() => heard.length > 0);
    expect(await one.bus.isAlive(other.bus.instanceId)).toBe(true);
    await one.close();
    await other.close();
    await admin.flushall();
  }

  test.each<[string, () => RedisClient]>([
    ["ioredis: a prefix", () => new Redis(server.url, { lazyConnect: true, keyPrefix: "app:{x}:" })],
    ["ioredis: numbers as texts", () => new Redis(server.url, { lazyConnect: true, stringNumbers: true })],
    ["ioredis: RESP2", () => new Redis(server.url, { lazyConnect: true, protocol: 2 })],
    ["ioredis: RESP3 shapes", () => new Redis(server.url, { lazyConnect: true, replyMapping: "resp3" })],
    ["ioredis: pipelines", () => new Redis(server.url, { lazyConnect: true, enableAutoPipelining: true })],
    ["ioredis: a user", () => new Redis(server.url, { lazyConnect: true, ...withPassword })],
    ["ioredis: a database", () => new Redis(`${server.url}/3`, { lazyConnect: true })],
    ["redis: RESP2", () => createClient({ url: server.url, RESP: 2 })],
    ["redis: buffers", () => createClient({ url: server.url }).withTypeMapping({ 36: Buffer })],
    ["redis: a user", () => createClient({ url: server.url, ...withPassword })],
    ["redis: a database", () => createClient({ url: `${server.url}/3` })],
    ["redis: a socket's options", () => createClient({ socket: { host: "127.0.0.1", port: server.port } })],
    ["redis: no second try", () => createClient({ url: server.url, socket: { reconnectStrategy: false } })],
  ])("%s", async (_, client) => {
    await admin.acl("SETUSER", withPassword.username, "on", `>${withPassword.password}`, "~*", "&*", "+@all");
    await works(client());
  });

  test.each(["ioredis", "redis"] as const)("%s: a password that is wrong is told", async (library) => {
    const client = clientOf(library, server.url, { username: "nobody", password: "wrong" });
    const store = redisStore(client, { commandTimeoutMs: 300 });
    await expect(store.ready()).rejects.toThrow("WRONGPASS");
    await store.close();
  });

  test.each(["ioredis", "redis"] as const)("%s: a server that is not there is told", async (library) => {
    const store = redisStore(clientOf(library, "redis://127.0.0.1:1"), { commandTimeoutMs: 300 });
    await expect(store.ready()).rejects.toThrow("ECONNREFUSED");
    await store.close();
  });
});

test("what is no client is refused", () => {
  for (const wrong of [undefined, null, "redis://localhost", {}, { duplicate: () => {} }])
    expect(() => redisStore(wrong as never)).toThrow(TypeError);
});

test.each([
  { prefix: "" },
  { prefix: "a{b" },
  { commandTimeoutMs: 0 },
  { idleTimeoutMs: 0 },
  { deadAfterMs: 1 },
  { maxPending: Number.NaN },
])("options out of bounds are refused: %j", (options) => {
  const open = (): RedisStore => redisStore(clientOf("redis", server.url), options);
  expect(open).toThrow(RangeError);
});
