import { Redis } from "ioredis";
import { EventsGoneError, SessionLimitError, StoreUnavailableError } from "slipway";
import { RedisSessionAdapter, type RedisSessionOptions } from "slipway/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf } from "./redis-clients.ts";
import { pause, RedisServer, stopAll } from "./redis-servers.ts";

const META = { protocolVersion: "x" };

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(stopAll);

async function opened(options: RedisSessionOptions) {
  const sessions = new RedisSessionAdapter(clientOf("redis", server.url), options);
  const id = sessions.generateSessionId();
  await sessions.create(id, META);
  /** What is replayed after an event; `undefined` when that is refused. */
  const after = async (eventId = "") => {
    const seen: unknown[] = [];
    try {
      await sessions.replay(id, eventId, (_, message) => void seen.push(message));
      return seen;
    } catch (error) {
      expect(error).toBeInstanceOf(EventsGoneError);
      return undefined;
    }
  };
  return { sessions, id, after };
}

describe("a session's event logs", () => {
  test("stay within their bytes: the older half of a log goes", async () => {
    const { sessions, id, after } = await opened({ maxStreamBytes: 100_000 });
    const text = "x".repeat(10_000);
    const ids: (string | undefined)[] = [];
    for (let index = 0; index < 40; index++)
      ids.push(await sessions.appendEvent(id, "stream", { index, text }));
    const admin = new Redis(server.url);
    expect(Number(await admin.call("MEMORY", "USAGE", `slipway:session:{${id}}:log:stream`))).toBeLessThan(
      100_000,
    );
    await admin.quit();
    expect(await after(ids[0])).toBe(undefined);
    const held = ids.filter((_, index) => index > 30);
    expect(await after(held[4])).toHaveLength(4);
    const huge = await sessions.appendEvent(id, "huge", "x".repeat(200_000));
    expect(huge).toBeTypeOf("string");
    expect(await after(huge)).toBe(undefined);
    await sessions.close();
  });

  test("stay within their number: the one closed first goes, else the one used least recently", async () => {
    const { sessions, id, after } = await opened({ maxStreams: 3 });
    const [a, b, c] = [
      await sessions.openStream(id, "a"),
      await sessions.openStream(id, "b"),
      await sessions.openStream(id, "c"),
    ];
    await pause(2);
    await sessions.appendEvent(id, "a", 1);
    await sessions.openStream(id, "d");
    expect([await after(a), await after(b), await after(c)]).toEqual([[1], undefined, []]);
    await sessions.closeStream(id, "a");
    await pause(2);
    await sessions.openStream(id, "e");
    expect([await after(a), await after(c)]).toEqual([undefined, []]);
    await sessions.close();
  });

  test("are held for a while after they were closed, unless they are used again", async () => {
    const { sessions, id, after } = await opened({ closedStreamTtlMs: 200 });
    const [a, b] = [await sessions.openStream(id, "a"), await sessions.openStream(id, "b")];
    for (const stream of ["a", "b"]) await sessions.closeStream(id, stream);
    expect([await after(a), await after(b)]).toEqual([[], []]);
    await sessions.appendEvent(id, "b", 1);
    while ((await after(a)) !== undefined) await pause(10);
    expect(await after(b)).toEqual([1]);
    await sessions.close();
  });
});

test("a session that is only ever looked up keeps what hangs on it", async () => {
  const { sessions, id, after } = await opened({ idleTimeoutMs: 400 });
  const start = await sessions.openStream(id, "stream");
  await sessions.writeValue(id, "key", 1, 0);
  await sessions.beginCall(id, "stream", { request: 1 }, "owner");
  for (let time = 0; time < 60; time++) {
    await pause(30);
    expect(await sessions.get(id)).toBeDefined();
  }
  expect(await after(start)).toEqual([]);
  expect(await sessions.readValue(id, "key")).toEqual({ value: 1, version: 1 });
  expect((await sessions.getCall(id, "stream"))?.owner).toBe("owner");
  await sessions.close();
});

test("a session that is opened under the id of one that expired has nothing of it", async () => {
  const { sessions, id, after } = await opened({ idleTimeoutMs: 100 });
  const start = await sessions.openStream(id, "stream");
  await sessions.appendEvent(id, "stream", "of the first");
  await sessions.writeValue(id, "key", 1, 0);
  await sessions.beginCall(id, "stream", { request: 1 }, "owner");
  while (await sessions.has(id)) await pause(5);
  await sessions.create(id, META);
  await sessions.appendEvent(id, "stream", "of the second");
  expect(await after(start)).toBe(undefined);
  expect(await sessions.readValue(id, "key")).toBe(undefined);
  expect(await sessions.getCall(id, "stream")).toBe(undefined);
  await sessions.close();
});

test("values and calls that are too many for a session are refused", async () => {
  const { sessions, id } = await opened({ maxValueBytes: 100, maxCalls: 2 });
  expect(await sessions.writeValue(id, "key", "x".repeat(60), 0)).toBe(true);
  await expect(sessions.writeValue(id, "more", "x".repeat(60), 0)).rejects.toThrow("raise maxValueBytes");
  expect(await sessions.writeValue(id, "key", "x".repeat(80), 1)).toBe(true);
  expect(await sessions.writeValue(id, "key", undefined, 2)).toBe(true);
  expect(await sessions.writeValue(id, "more", "x".repeat(60), 0)).toBe(true);
  for (const stream of ["a", "b"]) await sessions.beginCall(id, stream, { request: 1 }, "owner");
  await expect(sessions.beginCall(id, "c", { request: 1 }, "owner")).rejects.toThrow("raise maxCalls");
  await sessions.endCall(id, "a", "owner");
  await sessions.beginCall(id, "c", { request: 1 }, "owner");
  await expect(sessions.beginCall(id, "d", { request: 1 }, "owner")).rejects.toThrow("raise maxCalls");
  await sessions.close();
});

/** Does it until it fails. */
async function failing(work: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await work();
    } catch (error) {
      return error;
    }
  }
}

test("when the memory of Redis is full, sessions are refused, and those that end make room", async () => {
  const small = await RedisServer.start({ args: ["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"] });
  const sessions = new RedisSessionAdapter(clientOf("ioredis", small.url));
  const ids: string[] = [];
  const open = async () => {
    const id = sessions.generateSessionId();
    await sessions.create(id, { ...META, clientInfo: { name: "x".repeat(10_000), version: "1" } });
    ids.push(id);
  };
  const full = await failing(open);
  expect(full).toBeInstanceOf(SessionLimitError);
  expect(ids.length).toBeGreaterThan(10);
  const [first = ""] = ids;
  expect(await sessions.get(first)).toBeDefined();
  const refused = await failing(() => sessions.appendEvent(first, "stream", "x".repeat(10_000)));
  expect(refused).toBeInstanceOf(StoreUnavailableError);
  for (const id of ids.splice(1)) await sessions.delete(id);
  await open();
  expect(await sessions.appendEvent(first, "stream", "x")).toBeTypeOf("string");
  await sessions.close();
  await small.stop();
});
