import { Redis } from "ioredis";
import { type RedisStore, redisStore } from "slipway/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Child } from "../support/child.ts";
import { pause, RedisServer, stopAll } from "./redis-servers.ts";
import type { Hold, Job } from "./redis-worker.ts";

const LATER = 3_600_000;

let server: RedisServer;
let store: RedisStore;
let prefix: string;
let count = 0;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(stopAll);

beforeEach(async () => {
  prefix = `crash-${count++}`;
  store = redisStore(new Redis(server.url, { lazyConnect: true }), { prefix, deadAfterMs: 600 });
  await store.bus.subscribe(
    () => {},
    () => {},
  );
  return () => store.close();
});

function worker(job: Job): Child {
  return new Child("e2e/stores/redis-worker.ts", [server.url, prefix, JSON.stringify(job)]);
}

async function openSession(): Promise<string> {
  const session = store.sessions.generateSessionId();
  await store.sessions.create(session, { protocolVersion: "of the test" });
  return session;
}

/** A call that has asked one question. */
async function askingCall(session: string): Promise<string> {
  const question = crypto.randomUUID();
  await store.sessions.beginCall(session, "stream", { request: 1 }, "owner");
  await store.sessions.saveCall(session, "stream", "owner", ["journal"], [question]);
  return question;
}

/** Kills a worker before and after each command of what it does, until it does it to the end. */
async function killedAtEachCommand(
  prepare: () => Promise<{ job: (hold: Hold) => Job; check: (hold: Hold) => Promise<void> }>,
): Promise<number> {
  for (let command = 1; ; command++) {
    for (const when of ["before", "after"] as const) {
      const { job, check } = await prepare();
      const child = worker(job({ command, when }));
      const [said] = await child.says(/held|done/);
      await child.stop("SIGKILL");
      if (said === "done") return command - 1;
      await check({ command, when });
    }
  }
}

async function answered(session: string): Promise<boolean> {
  const calls = await store.sessions.answeredCalls(Date.now() + LATER, 100);
  return calls.some(({ id }) => id === session);
}

describe("an instance that is killed between two commands", () => {
  test("has either taken an answer, and then it is listed, or another may answer", async () => {
    const commands = await killedAtEachCommand(async () => {
      const session = await openSession();
      const question = await askingCall(session);
      const check = async (hold: Hold) => {
        const call = await store.sessions.getCall(session, "stream");
        const taken = call?.responses[question] !== undefined;
        expect(taken).toBe(hold.command === 3 && hold.when === "after");
        expect(call?.questions).toEqual(taken ? [] : [question]);
        expect(await answered(session)).toBe(taken);
        const mine = await store.sessions.answerCall(session, question, "of the test");
        expect(mine).toEqual(taken ? undefined : { streamId: "stream", owner: "owner" });
        expect(await answered(session)).toBe(true);
        expect(await store.sessions.answerCall(session, question, "again")).toBe(undefined);
        await store.sessions.saveCall(session, "stream", "owner", ["journal", "answer"], []);
        expect(await answered(session)).toBe(false);
      };
      return { job: (hold) => ({ does: "answer", session, question, hold }), check };
    });
    expect(commands).toBe(3);
  });

  test("has either opened a session, or another may", async () => {
    const commands = await killedAtEachCommand(async () => {
      const session = store.sessions.generateSessionId();
      const check = async (hold: Hold) => {
        const opened = hold.command === 2 && hold.when === "after";
        expect(await store.sessions.has(session)).toBe(opened);
        const again = store.sessions.create(session, { protocolVersion: "of the test" });
        if (opened) await expect(again).rejects.toThrow("in use");
        else await again;
        const data = await store.sessions.get(session);
        expect(data?.meta.protocolVersion).toBe(opened ? "of the worker" : "of the test");
        await store.sessions.delete(session);
      };
      return { job: (hold) => ({ does: "create", session, hold }), check };
    });
    expect(commands).toBe(2);
  });

  test("has either ended a session with all that belongs to it, or another may", async () => {
    const admin = new Redis(server.url);
    const commands = await killedAtEachCommand(async () => {
      const session = await openSession();
      const question = await askingCall(session);
      await store.sessions.answerCall(session, question, "answer");
      await store.sessions.appendEvent(session, "stream", "event");
      await store.sessions.writeValue(session, "key", "value", 0);
      const check = async (hold: Hold) => {
        const ended = hold.command > 1 || hold.when === "after";
        expect(await store.sessions.has(session)).toBe(!ended);
        expect(await answered(session)).toBe(!ended);
        await store.sessions.delete(session);
        expect(await admin.keys(`${prefix}:session:*`)).toEqual([]);
      };
      return { job: (hold) => ({ does: "delete", session, hold }), check };
    });
    await admin.quit();
    expect(commands).toBe(3);
  });
});

test("the call of an instance that is killed while it waits goes on elsewhere, and its wait is let go", async () => {
  const session = await openSession();
  const question = crypto.randomUUID();
  const mine = store.clientRequests.createPending(session, "mine");
  await mine.ready;
  const child = worker({ does: "own", session, stream: "stream", question });
  const [, owner = ""] = await child.says(/owned by (\S+)\./);
  const start = await store.sessions.appendEvent(session, "stream", "before");
  expect(await store.bus.isAlive(owner)).toBe(true);

  await child.stop("SIGKILL");
  const died = Date.now();
  while (await store.bus.isAlive(owner)) await pause(10);
  expect(Date.now() - died).toBeLessThan(2 * 600);

  expect(await store.sessions.answerCall(session, question, "yes")).toEqual({ streamId: "stream", owner });
  expect(await store.sessions.answeredCalls(Date.now() + LATER, 10)).toEqual([
    { id: session, streamId: "stream", owner },
  ]);
  const taken = await store.sessions.claimCall(session, "stream", owner, store.bus.instanceId);
  expect(taken).toEqual({
    request: { of: "the worker" },
    owner: store.bus.instanceId,
    journal: ["journal"],
    questions: [],
    responses: { [question]: "yes" },
  });
  await store.sessions.appendCallEvent(session, "stream", store.bus.instanceId, "result", true);
  const seen: unknown[] = [];
  await store.sessions.replay(session, start ?? "", (_, message) => void seen.push(message));
  expect(seen).toEqual(["result"]);

  const admin = new Redis(server.url);
  const [wait = ""] = await admin.keys(`${prefix}:wait:*${question}*`);
  expect(await admin.pttl(wait)).toBeLessThanOrEqual(60_000);
  await admin.quit();
  expect(await store.clientRequests.resolvePending(session, "mine", "answer")).toBe(true);
  expect(await mine.promise).toBe("answer");
});

test("no acknowledged event of an instance that is killed is lost, and none is there twice", async () => {
  const session = await openSession();
  const start = (await store.sessions.openStream(session, "stream")) ?? "";
  const child = worker({ does: "append", session, stream: "stream" });
  await child.says(/(?:\S+\n){200}/);
  await child.stop("SIGKILL");
  const acknowledged = child.stdout.split("\n").slice(0, -1);
  const log: { id: string; message: unknown }[] = [];
  await store.sessions.replay(session, start, (id, message) => void log.push({ id, message }));
  expect(log.slice(0, acknowledged.length).map(({ id }) => id)).toEqual(acknowledged);
  expect(log.map(({ message }) => message)).toEqual(log.map((_, index) => ({ index })));
  expect(log.length - acknowledged.length).toBeLessThanOrEqual(1);
});
