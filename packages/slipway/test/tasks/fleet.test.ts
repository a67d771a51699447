import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpServer, type Store } from "slipway";
import { memoryStore } from "slipway/memory";
import { sqliteStore } from "slipway/sqlite";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { type Machine, machine, SessionClient } from "../fleet/machines.ts";
import { gate, META } from "../support/index.ts";
import { WITH_TASKS } from "./clients.ts";

const Sure = z.object({ sure: z.boolean() });
const accept = { action: "accept", content: { sure: true } };

/** One instance of a server, which writes down what its steps do. */
function makeServer(name: string, log: string[]) {
  const reached = gate();
  const go = gate();
  const stopped = gate();
  const server = new McpServer({ name: "fleet", version: "1" });
  server.tool("work", {
    task: "optional",
    handler: async (_args, ctx) => {
      ctx.signal.addEventListener("abort", () => stopped.open(), { once: true });
      await ctx.step("one", () => void log.push(`one at ${name}`));
      reached.open();
      await go.opened;
      await ctx.step("two", () => void log.push(`two at ${name}`));
      return `done at ${name}`;
    },
  });
  server.tool("ask", {
    task: "optional",
    handler: async (_args, ctx) => {
      await ctx.step("one", () => void log.push(`one at ${name}`));
      const answer = await ctx.elicit({ message: "Sure?", schema: Sure });
      await ctx.step("two", () => void log.push(`two at ${name}`));
      return `${answer.action} at ${name}`;
    },
  });
  return { server, reached, go, stopped };
}

/** Two machines over one memory, of which each hears of the other's death soon. */
function pair(deadAfterMs = 100) {
  const log: string[] = [];
  const first = memoryStore({ deadAfterMs });
  const serverA = makeServer("a", log);
  const serverB = makeServer("b", log);
  const a = machine(serverA.server, first as Store);
  const b = machine(serverB.server, first.instance());
  return { a, b, serverA, serverB, log, tasks: first.tasks };
}

/** A client of either era, which talks to whatever machine it is told to. */
interface TaskClient {
  start(at: Machine, name: string): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into tasks of any kind
  get(at: Machine, taskId: string): Promise<any>;
  cancel(at: Machine, taskId: string): Promise<unknown>;
}

let nextId = 1;

async function modernRequest(at: Machine, method: string, params: Record<string, unknown>) {
  const _meta = {
    [META.protocolVersion]: "2026-07-28",
    [META.clientInfo]: { name: "client", version: "1" },
    [META.clientCapabilities]: WITH_TASKS,
  };
  const request = new Request("http://127.0.0.1/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      "mcp-name": String(params["name"] ?? params["taskId"]),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: nextId++, method, params: { ...params, _meta } }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results of any kind
  return ((await (await at.handler(request)).json()) as any).result;
}

const modern = async (): Promise<TaskClient> => ({
  start: async (at, name) => (await modernRequest(at, "tools/call", { name, arguments: {} })).taskId,
  get: (at, taskId) => modernRequest(at, "tasks/get", { taskId }),
  cancel: (at, taskId) => modernRequest(at, "tasks/cancel", { taskId }),
});

const legacy = async (opened: Machine): Promise<TaskClient> => {
  const client = await SessionClient.open(opened);
  const ask = async (at: Machine, method: string, params: object) =>
    (await client.request(at, method, params)).result;
  return {
    start: async (at, name) => {
      const { task } = await ask(at, "tools/call", { name, arguments: {}, task: {} });
      return (task as { taskId: string }).taskId;
    },
    get: (at, taskId) => ask(at, "tasks/get", { taskId }),
    cancel: (at, taskId) => ask(at, "tasks/cancel", { taskId }),
  };
};

async function ended(client: TaskClient, at: Machine, taskId: string) {
  return vi.waitFor(
    async () => {
      const task = await client.get(at, taskId);
      expect(["completed", "failed", "cancelled"]).toContain(task.status);
      return task;
    },
    { timeout: 5_000, interval: 10 },
  );
}

describe.each([
  { era: "2026-07-28", connect: modern },
  { era: "2025-11-25", connect: legacy },
])("tasks of a fleet, in $era", ({ connect }) => {
  test("are known to every machine", async () => {
    const { a, b, serverA } = pair();
    const client = await connect(a);
    const taskId = await client.start(a, "work");
    expect(await client.get(b, taskId)).toMatchObject({ taskId, status: "working" });
    serverA.go.open();
    expect(await ended(client, b, taskId)).toMatchObject({ status: "completed" });
  });

  test("go on with another machine when theirs dies, each step done once", async () => {
    const { a, b, serverA, serverB, log, tasks } = pair();
    const client = await connect(a);
    const taskId = await client.start(a, "work");
    await serverA.reached.opened;
    await a.store.close();
    serverB.go.open();
    expect(await ended(client, b, taskId)).toMatchObject({ status: "completed" });
    expect(log).toEqual(["one at a", "two at b"]);
    // The one that was thought dead has lost it: what it still finds is told to nobody.
    serverA.go.open();
    await serverA.stopped.opened;
    expect(tasks.get(taskId)?.end).toMatchObject({ result: { content: [{ text: "done at b" }] } });
  });

  test("that are cancelled at one machine are told to stop at the other", async () => {
    const { a, b, serverA, tasks } = pair(60_000);
    const client = await connect(a);
    const taskId = await client.start(a, "work");
    await serverA.reached.opened;
    await client.cancel(b, taskId);
    await serverA.stopped.opened;
    serverA.go.open();
    expect(await client.get(a, taskId)).toMatchObject({ status: "cancelled" });
    expect(tasks.get(taskId)?.end).toBeUndefined();
  });
});

/** Two machines over one file. */
function pairOverFile() {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tasks-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log: string[] = [];
  const open = () => {
    const store = sqliteStore(join(folder, "tasks.db"), { deadAfterMs: 200 });
    onTestFinished(() => store.close());
    return store;
  };
  const serverA = makeServer("a", log);
  const serverB = makeServer("b", log);
  const a = machine(serverA.server, open());
  const b = machine(serverB.server, open());
  return { a, b, serverA, serverB, log };
}

describe.each([
  { store: "memory", make: () => pair() },
  { store: "an SQLite file", make: pairOverFile },
])("over $store", ({ make }) => {
  test("a task that asks sleeps without a machine, and goes on where its answer comes", async () => {
    const { a, b, log } = make();
    const client = await modern();
    const taskId = await client.start(a, "ask");
    const asking = await vi.waitFor(async () => {
      const task = await client.get(a, taskId);
      expect(task.status).toBe("input_required");
      return task;
    });
    expect((await b.store.tasks.get(taskId))?.owner).toBeUndefined();
    await a.handler.close();
    await a.store.close();
    const [key = ""] = Object.keys(asking.inputRequests);
    await modernRequest(b, "tasks/update", { taskId, inputResponses: { [key]: accept } });
    expect((await ended(client, b, taskId)).result.content).toEqual([{ type: "text", text: "accept at b" }]);
    expect(log).toEqual(["one at a", "two at b"]);
  });

  test("a task goes on from its last step when its machine has gone", async () => {
    const { a, b, serverA, serverB, log } = make();
    const client = await modern();
    const taskId = await client.start(a, "work");
    await serverA.reached.opened;
    await a.handler.close();
    await a.store.close();
    serverB.go.open();
    expect((await ended(client, b, taskId)).result.content).toEqual([{ type: "text", text: "done at b" }]);
    expect(log).toEqual(["one at a", "two at b"]);
  });
});

test("a task that could not be gone on with is gone on with at the next look", async () => {
  const { a, b, serverA, serverB, log, tasks } = pair();
  const client = await modern();
  const taskId = await client.start(a, "work");
  await serverA.reached.opened;
  const failing = vi.spyOn(tasks, "answers").mockImplementationOnce(() => {
    throw new Error("away");
  });
  await a.store.close();
  serverB.go.open();
  expect((await ended(client, b, taskId)).result.content).toEqual([{ type: "text", text: "done at b" }]);
  expect(failing).toHaveBeenCalledTimes(2);
  expect(log).toEqual(["one at a", "two at b"]);
});

test("a client of 2025-11-25 that waits for a result at one machine gets it from the other", async () => {
  const { a, b, serverA } = pair(60_000);
  const client = await SessionClient.open(a);
  const call = await client.request(a, "tools/call", { name: "work", arguments: {}, task: {} });
  const { taskId } = call.result["task"] as { taskId: string };
  await serverA.reached.opened;
  const waiting = client.request(b, "tasks/result", { taskId });
  serverA.go.open();
  expect((await waiting).result["content"]).toEqual([{ type: "text", text: "done at a" }]);
});

test("a machine that is closed leaves its tasks to the others", async () => {
  const { a, b, serverA, serverB, log } = pair();
  const client = await modern();
  const taskId = await client.start(a, "work");
  await serverA.reached.opened;
  const closing = a.handler.close();
  serverA.go.open();
  await closing;
  await a.store.close();
  serverB.go.open();
  expect((await ended(client, b, taskId)).result.content).toEqual([{ type: "text", text: "done at b" }]);
  // What its handler did while it was told to stop is kept, and not done again.
  expect(log).toEqual(["one at a", "two at a"]);
});

test("another server over the same store leaves tasks alone that are not its own", async () => {
  const store = memoryStore({ deadAfterMs: 50 });
  const log: string[] = [];
  const own = makeServer("a", log);
  const a = machine(own.server, store as Store);
  const stranger = new McpServer({ name: "stranger", version: "1" });
  stranger.tool("other", { task: "optional", handler: () => "other" });
  const b = machine(stranger, store.instance());
  const client = await modern();
  const taskId = await client.start(a, "work");
  await own.reached.opened;
  expect(await client.get(b, taskId)).toBeUndefined();
  await a.store.close();
  const again = makeServer("c", log);
  again.go.open();
  const c = machine(again.server, store.instance());
  expect((await ended(client, c, taskId)).result.content).toEqual([{ type: "text", text: "done at c" }]);
});
