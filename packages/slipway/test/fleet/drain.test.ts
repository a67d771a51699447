import { InMemorySessionAdapter, McpServer, type Store, StreamableHttpTransport } from "slipway";
import { memoryStore } from "slipway/memory";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { gate, META } from "../support/index.ts";
import { type Machine, machine, SessionClient } from "./machines.ts";

const Sure = z.object({ sure: z.boolean() });
const accept = { action: "accept", content: { sure: true } };

/** What a machine that drains is given where nothing should have to wait for it. */
const LONG_MS = 60_000;

function makeServer(name: string, log: string[]) {
  const go = gate();
  const aborted = gate<unknown>();
  onTestFinished(() => go.open());
  const faults: string[] = [];
  const warnings: string[] = [];
  const server = new McpServer({
    name: "drain",
    version: "1",
    logger: {
      error: (message) => void faults.push(message),
      warn: (message) => void warnings.push(message),
      info() {},
      debug() {},
    },
  });
  server.tool("refund", {
    handler: async (_args, ctx) => {
      await ctx.step("load", () => void log.push("load"));
      const { action } = await ctx.elicit({ message: "Sure?", schema: Sure });
      await ctx.step("pay", () => void log.push("pay"));
      return `${action} at ${name}`;
    },
  });
  server.tool("deaf", {
    handler: async (_args, ctx) => {
      await ctx.elicit({ message: "Sure?", schema: Sure }).catch(() => new Promise(() => {}));
      return `heard at ${name}`;
    },
  });
  server.tool("hold", {
    handler: async (_args, ctx) => {
      ctx.signal.addEventListener("abort", () => aborted.open(ctx.signal.reason));
      await ctx.progress({ progress: 1 });
      await go.opened;
      await ctx.progress({ progress: 2 });
      return `held at ${name}`;
    },
  });
  server.tool("work", {
    task: "optional",
    handler: async (_args, ctx) => {
      await ctx.step("one", () => void log.push(`one at ${name}`));
      if (name === "a") await go.opened;
      await ctx.step("two", () => void log.push(`two at ${name}`));
      return `done at ${name}`;
    },
  });
  return { server, go, aborted, faults, warnings };
}

/** Two machines over one memory, of which neither would notice the other's death for a long time. */
function pair() {
  const log: string[] = [];
  const first = memoryStore({ deadAfterMs: LONG_MS });
  const [serverA, serverB] = [makeServer("a", log), makeServer("b", log)];
  const a = machine(serverA.server, first as Store);
  const b = machine(serverB.server, first.instance());
  return { a, b, serverA, serverB, log, first };
}

const textOf = (message: { result: { content: { text: string }[] } }) => message.result.content[0]?.text;

async function modern(at: Machine, name: string, progressToken?: number) {
  const _meta = {
    [META.protocolVersion]: "2026-07-28",
    [META.clientCapabilities]: {},
    ...(progressToken !== undefined && { progressToken }),
  };
  return at.handler(
    new Request("http://127.0.0.1/mcp", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": name,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 7,
        method: "tools/call",
        params: { name, arguments: {}, _meta },
      }),
    }),
  );
}

describe("a call that waits for its client", () => {
  test("is left to another machine at once, and goes on where the answer comes", async () => {
    const { a, b, log } = pair();
    const client = await SessionClient.open(a);
    const stream = await client.stream(a, "refund");
    const question = (await stream.next())?.message;
    await a.handler.close(LONG_MS);
    expect(await stream.next()).toBeUndefined();
    expect(stream.retryMs).toBe(5);
    const resumed = await client.get(b, stream.lastId);
    expect(await client.answer(b, question.id, accept)).toBe(202);
    const [end, ...more] = await resumed.rest();
    expect(textOf(end?.message)).toBe("accept at b");
    expect(more).toEqual([]);
    expect(log).toEqual(["load", "pay"]);
  });

  test("is left to another machine also where its handler does not heed that", async () => {
    const { a, b } = pair();
    const client = await SessionClient.open(a);
    const stream = await client.stream(a, "deaf");
    const question = (await stream.next())?.message;
    await a.handler.close(LONG_MS);
    expect(await client.answer(b, question.id, accept)).toBe(202);
    const resumed = await client.get(b, stream.lastId);
    expect(textOf((await resumed.rest()).at(-1)?.message)).toBe("heard at b");
  });

  test("goes on elsewhere also while its machine is still at work on others", async () => {
    const { a, b, serverA, log } = pair();
    const client = await SessionClient.open(a);
    const held = await client.stream(a, "hold", {}, 1);
    await held.next();
    const stream = await client.stream(a, "refund");
    const question = (await stream.next())?.message;
    const closed = a.handler.close(LONG_MS);
    expect(await stream.next()).toBeUndefined();
    expect(await client.answer(b, question.id, accept)).toBe(202);
    const resumed = await client.get(b, stream.lastId);
    expect(textOf((await resumed.rest()).at(-1)?.message)).toBe("accept at b");
    expect(log).toEqual(["load", "pay"]);
    serverA.go.open();
    await closed;
    expect(textOf((await held.rest()).at(-1)?.message)).toBe("held at a");
  });

  test("and has its answer, though nobody has looked, is gone on with at once", async () => {
    const { a, b, first } = pair();
    const client = await SessionClient.open(a);
    // Answers are taken, and reach nobody.
    const answered = vi.spyOn(first.clientRequests, "resolvePending").mockResolvedValue(true as never);
    const stream = await client.stream(a, "refund");
    const question = (await stream.next())?.message;
    expect(await client.answer(b, question.id, accept)).toBe(202);
    answered.mockRestore();
    await a.handler.close(LONG_MS);
    const resumed = await client.get(b, stream.lastId);
    expect(textOf((await resumed.rest()).at(-1)?.message)).toBe("accept at b");
  });

  test("ends in an error where no other machine could go on with it", async () => {
    const sessionAdapter = new InMemorySessionAdapter();
    const { server, faults } = makeServer("a", []);
    const handler = new StreamableHttpTransport({ sessionAdapter }).bind(server);
    const a = { handler, store: memoryStore() };
    const client = await SessionClient.open(a);
    const stream = await client.stream(a, "refund");
    await stream.next();
    await handler.close(20);
    const told = (await stream.rest()).at(-1)?.message.error.message;
    expect(told).toMatch(/is gone.*Check before you send it again/);
    expect(faults).toEqual([]);
  });
});

describe("a call at work", () => {
  test("finishes within the grace period, on the connection that it has", async () => {
    const { a, serverA } = pair();
    const client = await SessionClient.open(a);
    const stream = await client.stream(a, "hold", {}, 1);
    await stream.next();
    const later = modern(a, "hold", 1);
    await (await later).body;
    const closed = a.handler.close(LONG_MS);
    serverA.go.open();
    expect((await stream.rest()).map(({ message }) => message.params?.progress ?? textOf(message))).toEqual([
      2,
      "held at a",
    ]);
    expect(await (await later).text()).toMatch(/held at a/);
    await closed;
  });

  test("is at work from when it was taken on, also while its session is looked for", async () => {
    const { a, b, serverA } = pair();
    const client = await SessionClient.open(b);
    const found = gate();
    const looked = gate();
    const get = a.store.sessions.get.bind(a.store.sessions);
    vi.spyOn(a.store.sessions, "get").mockImplementation(async (id) => {
      looked.open();
      await found.opened;
      return get(id);
    });
    const reply = client.request(a, "tools/call", { name: "work" });
    await looked.opened;
    let closed = false;
    const closing = a.handler.close(LONG_MS).then(() => {
      closed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toBe(false);
    found.open();
    serverA.go.open();
    expect(textOf({ result: (await reply).result as never })).toBe("done at a");
    await closing;
  });

  test("that does not end by then is answered, whatever its handler does", async () => {
    const { a, serverA } = pair();
    const client = await SessionClient.open(a);
    const stream = await client.stream(a, "hold", {}, 1);
    const plain = client.post(a, { id: 99, method: "tools/call", params: { name: "hold" } });
    const events = await modern(a, "hold", 1);
    const json = modern(a, "hold");
    await stream.next();
    await vi.waitFor(() => expect(a.handler.load.calls).toBe(4));
    await a.handler.close(20);
    expect(String(await serverA.aborted.opened)).toMatch(/shutting down/);
    const told = /"code":-32603,"message":"The instance that served this request is gone/;
    expect(JSON.stringify((await stream.rest()).at(-1)?.message)).toMatch(told);
    expect(await (await plain).text()).toMatch(told);
    expect(await events.text()).toMatch(told);
    expect((await json).status).toBe(503);
    expect((await json).headers.get("retry-after")).toBe("1");
    expect(await (await json).text()).toMatch(told);
    expect(serverA.warnings).toEqual([
      'Calls cut short as they did not end within 20 ms: 4 (tools/call "hold").',
    ]);
    expect(serverA.faults).toEqual([]);
  });
});

test("a task whose machine drains goes on elsewhere at once, each step done once", async () => {
  const { a, b, log } = pair();
  const client = await SessionClient.open(a);
  const params = { name: "work", arguments: {}, task: {} };
  const { result } = await client.request(a, "tools/call", params);
  const { taskId } = result["task"] as { taskId: string };
  await vi.waitFor(() => expect(log).toEqual(["one at a"]));
  await a.handler.close(20);
  await vi.waitFor(async () => {
    const task = await client.request(b, "tasks/get", { taskId });
    expect(task.result["status"]).toBe("completed");
  });
  expect(log).toEqual(["one at a", "two at b"]);
});

test("a machine that drains takes answers and cancellations, and nothing new", async () => {
  const { a, b, serverA } = pair();
  const client = await SessionClient.open(a);
  const held = await client.stream(a, "hold", {}, 1);
  await held.next();
  const closed = a.handler.close(LONG_MS);
  const refused = [
    await client.post(a, { id: 50, method: "tools/list" }),
    await a.handler(
      new Request("http://127.0.0.1/mcp", {
        headers: {
          accept: "text/event-stream",
          "mcp-session-id": client.id,
          "mcp-protocol-version": "2025-11-25",
        },
      }),
    ),
    await modern(a, "hold"),
  ];
  for (const response of refused) {
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(response.headers.get("connection")).toBe("close");
    expect(await response.text()).toMatch(/shutting down: send the request again/);
  }
  expect(
    (await client.post(a, { method: "notifications/cancelled", params: { requestId: 999 } })).status,
  ).toBe(202);
  expect((await client.request(b, "tools/list")).result["tools"]).toHaveLength(4);
  serverA.go.open();
  await closed;
});
