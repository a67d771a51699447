import { Redis } from "ioredis";
import { StoreUnavailableError } from "slipway";
import { type RedisStore, redisStore } from "slipway/redis";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { clientOf, clusterClientOf } from "./redis-clients.ts";
import { pause, RedisServer, startCluster, stopAll } from "./redis-servers.ts";

const TIMEOUT_MS = 500;

afterAll(stopAll);

let server: RedisServer;
let a: RedisStore;
let b: RedisStore;
let missed: { a: number; b: number };

async function listen(store: RedisStore, name: "a" | "b"): Promise<void> {
  await store.bus.subscribe(
    () => {},
    () => void missed[name]++,
  );
}

/** How long it took, and how it failed if it did. */
async function timed(work: () => unknown): Promise<{ ms: number; error: unknown }> {
  const start = Date.now();
  let error: unknown;
  try {
    await work();
  } catch (reason) {
    error = reason;
  }
  return { ms: Date.now() - start, error };
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await pause(10);
}

/** Tries until Redis is there again, as a server does with what it has to keep. */
async function persistently<T>(work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailableError);
      await pause(20);
    }
  }
}

describe.each([
  { library: "ioredis", durable: false },
  { library: "redis", durable: false },
  { library: "ioredis", durable: true },
  { library: "redis", durable: true },
] as const)("over $library, while Redis is away (its data on disk: $durable)", ({ library, durable }) => {
  beforeEach(async () => {
    missed = { a: 0, b: 0 };
    server = await RedisServer.start({ durable });
    const open = () => redisStore(clientOf(library, server.url), { commandTimeoutMs: TIMEOUT_MS });
    [a, b] = [open(), open()];
    await listen(a, "a");
    await listen(b, "b");
  });

  afterEach(async () => {
    server.resume();
    await a.close();
    await b.close();
    await server.stop();
  });

  test("what needs it fails in time, and succeeds when a server that stood still goes on", async () => {
    const session = a.sessions.generateSessionId();
    await a.sessions.create(session, { protocolVersion: "x" });
    const wait = a.clientRequests.createPending(session, "question");
    await wait.ready;

    server.pause();
    for (const work of [
      () => a.sessions.get(session),
      () => b.sessions.create(b.sessions.generateSessionId(), { protocolVersion: "x" }),
      () => a.bus.publish({}),
      () => b.tasks.working(10),
      () => a.handles.read("id", 1000),
      () => b.clientRequests.createPending(session, "another").ready,
      () => a.ready(),
    ]) {
      const { ms, error } = await timed(work);
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect(ms).toBeLessThan(3 * TIMEOUT_MS);
    }
    server.resume();

    expect((await a.sessions.get(session))?.meta.protocolVersion).toBe("x");
    expect(await b.clientRequests.resolvePending(session, "question", "answer")).toBe(true);
    expect(await wait.promise).toBe("answer");
    expect(await a.bus.isAlive(b.bus.instanceId)).toBe(true);
  });

  test("an append that is tried again after it may have happened is in the log once, in order", async () => {
    const session = a.sessions.generateSessionId();
    await a.sessions.create(session, { protocolVersion: "x" });
    const start = (await a.sessions.openStream(session, "stream")) ?? "";
    server.pause();
    setTimeout(() => server.resume(), 3 * TIMEOUT_MS);
    const ids: unknown[] = [];
    for (const message of ["first", "second", "second", "third"])
      ids.push(await persistently(() => a.sessions.appendEvent(session, "stream", message)));
    const log: [string, unknown][] = [];
    await b.sessions.replay(session, start, (id, message) => void log.push([id, message]));
    expect(log).toEqual(
      ["first", "second", "second", "third"].map((message, index) => [ids[index], message]),
    );
  });

  test("a claim that may have happened although it failed is taken back", async () => {
    const session = a.sessions.generateSessionId();
    await a.sessions.create(session, { protocolVersion: "x" });
    await a.sessions.beginCall(session, "stream", { request: 1 }, "dead");
    await a.tasks.create("task", { principal: "", call: 1, ttlMs: 60_000 }, "dead");
    server.pause();
    const claims = [
      timed(() => a.sessions.claimCall(session, "stream", "dead", "a")),
      timed(() => a.tasks.claim("task", "dead", "a")),
    ];
    for (const { error } of await Promise.all(claims)) expect(error).toBeInstanceOf(StoreUnavailableError);
    server.resume();
    // Both happen now, since Redis reads them late, and are undone.
    const owners = async () => [
      (await b.sessions.getCall(session, "stream"))?.owner,
      (await b.tasks.get("task"))?.owner,
    ];
    await until(async () => (await owners()).join() === "dead,dead");
    expect(await b.sessions.claimCall(session, "stream", "dead", "b")).toMatchObject({ owner: "b" });
    expect(await b.tasks.claim("task", "dead", "b")).toMatchObject({ owner: "b" });
    await pause(200);
    expect(await owners()).toEqual(["b", "b"]);
  });

  test("a server that is killed and started again is found, and everybody is told of the gap", async () => {
    const session = a.sessions.generateSessionId();
    await a.sessions.create(session, { protocolVersion: "x" });
    const start = (await a.sessions.appendEvent(session, "stream", "before")) ?? "";
    await a.sessions.appendEvent(session, "stream", "acknowledged");
    const wait = a.clientRequests.createPending(session, "question");
    await wait.ready;

    await server.kill();
    const { ms, error } = await timed(() => a.sessions.get(session));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(ms).toBeLessThan(3 * TIMEOUT_MS);
    await server.start();

    await until(() => missed.a > 0 && missed.b > 0);
    expect(await persistently(() => b.sessions.has(session))).toBe(durable);
    if (durable) {
      const log: unknown[] = [];
      await b.sessions.replay(session, start, (_, message) => void log.push(message));
      expect(log).toEqual(["acknowledged"]);
    }
    let heard = 0;
    await b.bus.subscribe(
      () => void heard++,
      () => {},
    );
    await a.bus.publish({ text: "ding" });
    await until(() => heard === 1);
    expect(await a.bus.isAlive(b.bus.instanceId)).toBe(true);
    // The wait goes on also where Redis has forgotten it.
    await until(() => b.clientRequests.resolvePending(session, "question", "answer"));
    expect(await wait.promise).toBe("answer");
  });

  test("instances that live do not look dead when Redis was away for longer than they may be silent", async () => {
    const open = () =>
      redisStore(clientOf(library, server.url), {
        commandTimeoutMs: TIMEOUT_MS,
        deadAfterMs: 600,
        prefix: "short",
      });
    const [one, other, third] = [open(), open(), open()];
    for (const store of [one, other, third])
      await store.bus.subscribe(
        () => {},
        () => {},
      );
    const dead = third.bus.instanceId;
    await third.close();
    server.pause();
    await pause(1500);
    server.resume();
    const looks: boolean[] = [];
    for (let look = 0; look < 50; look++) {
      looks.push(
        await persistently(() => one.bus.isAlive(other.bus.instanceId)),
        await persistently(() => other.bus.isAlive(one.bus.instanceId)),
      );
      await pause(5);
    }
    expect(looks).not.toContain(false);
    await until(async () => !(await one.bus.isAlive(dead)));
    await one.close();
    await other.close();
  });

  test("events go in once and in order while connections are cut all the time", async () => {
    const session = a.sessions.generateSessionId();
    await a.sessions.create(session, { protocolVersion: "x" });
    const start = (await a.sessions.openStream(session, "stream")) ?? "";
    const admin = new Redis(server.url);
    let writing = true;
    let cuts = 0;
    const cutting = (async () => {
      for (; writing; cuts++) {
        await pause(15);
        await admin.call("CLIENT", "KILL", "SKIPME", "yes");
      }
    })();
    const written: unknown[] = [];
    for (let index = 0; index < 300 || cuts < 10; index++) {
      if (index >= 300) await pause(5);
      const message = { index };
      const id = await persistently(() => a.sessions.appendEvent(session, "stream", message));
      written.push([id, message]);
    }
    writing = false;
    await cutting;
    admin.disconnect();
    const log: unknown[] = [];
    await persistently(async () => {
      log.length = 0;
      await b.sessions.replay(session, start, (id, message) => void log.push([id, message]));
    });
    console.log(`over ${library}: ${log.length} events, ${cuts} cuts`);
    expect(log).toEqual(written);
  });
});

describe.each(["ioredis", "redis"] as const)("over %s, a Cluster", (library) => {
  let nodes: RedisServer[];

  beforeEach(async () => {
    nodes = await startCluster();
    // Slots without a master are no reason to stop the others.
    for (const { url } of nodes) {
      const admin = new Redis(url);
      await admin.config("SET", "cluster-require-full-coverage", "no");
      await admin.quit();
    }
    missed = { a: 0, b: 0 };
    const ports = nodes.map(({ port }) => port);
    const open = () => redisStore(clusterClientOf(library, ports), { commandTimeoutMs: TIMEOUT_MS });
    [a, b] = [open(), open()];
    await listen(a, "a");
    await listen(b, "b");
  });

  afterEach(async () => {
    nodes[1]?.resume();
    await a.close();
    await b.close();
    for (const node of nodes) await node.stop();
  });

  /** How many of the sessions can be reached; they are made where they were lost. */
  async function served(sessions: readonly string[]): Promise<number> {
    const outcomes = await Promise.all(
      sessions.map((id) =>
        timed(async () => {
          if (!(await a.sessions.has(id))) await a.sessions.create(id, { protocolVersion: "x" });
        }),
      ),
    );
    const errors = outcomes.map(({ error }) => error).filter((error) => error !== undefined);
    for (const error of errors) expect(error).toBeInstanceOf(StoreUnavailableError);
    return sessions.length - errors.length;
  }

  test("serves the slots of other masters while one is away, and its own when it is back", async () => {
    const sessions = Array.from({ length: 12 }, () => a.sessions.generateSessionId());
    expect(await served(sessions)).toBe(12);
    nodes[1]?.pause();
    const meanwhile = await served(sessions);
    expect(meanwhile).toBeGreaterThan(0);
    expect(meanwhile).toBeLessThan(12);
    nodes[1]?.resume();
    await until(async () => (await served(sessions)) === 12);
  });

  test("finds masters that were killed and started again, and waits go on", async () => {
    const sessions = Array.from({ length: 12 }, () => a.sessions.generateSessionId());
    expect(await served(sessions)).toBe(12);
    const waits = sessions.map((id) => a.clientRequests.createPending(id, "question"));
    await Promise.all(waits.map(({ ready }) => ready));
    for (const node of nodes) await node.kill();
    expect(await served(sessions)).toBe(0);
    for (const node of nodes) await node.start();
    await until(async () => (await served(sessions)) === 12);
    await until(() => missed.a > 0 && missed.b > 0);
    for (const id of sessions)
      await until(() => persistently(() => b.clientRequests.resolvePending(id, "question", id)));
    expect(await Promise.all(waits.map(({ promise }) => promise))).toEqual(sessions);
    let heard = 0;
    await b.bus.subscribe(
      () => void heard++,
      () => {},
    );
    await persistently(() => a.bus.publish({ text: "ding" }));
    await until(() => heard === 1);
  }, 90_000);
});
