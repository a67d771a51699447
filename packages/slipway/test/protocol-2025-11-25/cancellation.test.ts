import { InMemoryClientRequestAdapter, InMemorySessionAdapter, type Logger, McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, transports, until, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const CANCELLED = "notifications/cancelled";

/** A server whose tool goes on until it is cancelled or released, and tells what it saw. */
function makeServer(logger: Logger = silent) {
  const server = new McpServer({ name: "cancellation", version: "1.0.0", logger });
  const running: string[] = [];
  const aborted: string[] = [];
  const ended: string[] = [];
  const release = gate();
  server.tool("hang", {
    inputSchema: {
      type: "object",
      properties: { name: { type: "string" }, after: { enum: ["return", "throw", "ask", "go on"] } },
      required: ["name"],
    } as const,
    handler: async ({ name, after = "return" }, ctx) => {
      const stopped = gate();
      ctx.signal.addEventListener("abort", () => {
        aborted.push(`${name}: ${ctx.signal.reason.message}`);
        stopped.open();
      });
      running.push(name);
      await Promise.race([stopped.opened, release.opened]);
      try {
        if (after === "throw") throw new Error("thrown after it was cancelled");
        if (after === "ask") await ctx.listRoots();
        if (after === "go on") {
          await ctx.progress({ progress: 1 });
          await ctx.log.error("still here");
          await ctx.step("more", () => 1);
        }
      } catch (error) {
        ended.push(`${name} ${(error as Error).message}`);
        throw error;
      }
      ended.push(name);
      return `${name} hung`;
    },
  });
  server.tool("plain", { handler: () => "plain" });
  return { server, running, aborted, ended, release };
}

/** Cancels a call, and tells what came back for it. */
async function cancelled(wire: Wire, state: ReturnType<typeof makeServer>, after: string) {
  const before = state.ended.length;
  const stream = wire.startTool(
    "hang",
    { name: after, after },
    { id: after, meta: { progressToken: after } },
  );
  await until(() => state.running.includes(after), "the call runs");
  await wire.notify(CANCELLED, { requestId: after, reason: "user left" });
  await until(() => state.ended.length > before, "the handler has ended");
  return stream;
}

describe.each(transports)("cancellation over %s", (transport) => {
  const open = (server: McpServer) => openWire(server, { transport, era: REVISION });

  test("reaches the handler with its reason, and nothing more is sent, whatever the handler does [2025-11-25/cancellation/stops-work] [2025-11-25/cancellation/not-answered]", async () => {
    const state = makeServer();
    const wire = await open(state.server);
    const before = wire.received.length;
    for (const after of ["return", "throw", "ask", "go on"]) {
      const stream = await cancelled(wire, state, after);
      if (wire.overHttp) expect((await stream.reply()).messages, after).toEqual([]);
    }
    expect((await wire.callTool("plain")).toolText).toBe("plain");
    expect(wire.received.slice(before)).toHaveLength(1);
    expect(state.aborted).toEqual(
      ["return", "throw", "ask", "go on"].map(
        (name) => `${name}: The client cancelled the request: user left`,
      ),
    );
    expect(state.ended[2]).toContain("user left");
  });

  test("ends what the call was asking, which the client is told [2025-11-25/cancellation/stops-work] [2025-11-25/cancellation/only-own-requests] [2025-11-25/cancellation/request-id-given] [2025-11-25/cancellation/late-answer-ignored]", async () => {
    const ended: string[] = [];
    const server = new McpServer({ name: "asking", version: "1.0.0", logger: silent }).tool("ask", {
      handler: async (_, ctx) => {
        await ctx.listRoots().catch((error: Error) => ended.push(error.message));
        return "asked";
      },
    });
    const wire = await open(server);
    const stream = wire.startTool("ask", {}, { id: "a" });
    const { id } = await stream.nextOf("roots/list");
    await wire.notify(CANCELLED, { requestId: "a", reason: "user left" });
    await until(() => ended.length === 1, "the question has ended");
    await until(() => wire.received.some(({ method }) => method === CANCELLED), "the client was told");
    expect(ended[0]).toContain("user left");
    const told = wire.received.filter(({ method }) => method === CANCELLED);
    expect(told.map(({ params }) => params.requestId)).toEqual([id]);
    if (wire.overHttp) expect((await stream.reply()).response).toBeUndefined();
    const late = await wire.respond(id, { roots: [] });
    if (wire.overHttp) expect(late.status).toBe(202);
    expect((await wire.request("ping")).result).toEqual({});
    expect(ended).toHaveLength(1);
  });

  test("is logged with its reason [2025-11-25/cancellation/reason-logged]", async () => {
    const entries: string[] = [];
    const note = (message: string) => void entries.push(message);
    const state = makeServer({ error: note, warn: note, info: note, debug: note });
    const wire = await open(state.server);
    await cancelled(wire, state, "return");
    const about = entries.filter((entry) => entry.includes("user left"));
    expect(about).toHaveLength(1);
    expect(about[0]).toContain("tools/call");
    expect(about[0]).toContain('"return"');
  });

  test("is ignored where it is unknown, too late or malformed [2025-11-25/cancellation/invalid-ignored]", async () => {
    const state = makeServer();
    const wire = await open(state.server);
    const done = await wire.callTool("plain", {}, { id: "done" });
    expect(done.toolText).toBe("plain");
    const call = wire.startTool("hang", { name: "a" }, { id: "1" });
    await until(() => state.running.length === 1, "the call runs");
    const before = wire.received.length;
    const ignored = [
      { requestId: "unknown" },
      { requestId: "done" },
      { requestId: 1 },
      { requestId: {} },
      { requestId: null },
      { requestId: ["1"] },
      { reason: "no id" },
      {},
      undefined,
    ];
    for (const params of ignored) {
      const reply = await wire.notify(CANCELLED, params);
      if (wire.overHttp) expect(reply).toMatchObject({ status: 202, text: "" });
    }
    expect((await wire.request("ping")).result).toEqual({});
    expect(wire.received.slice(before)).toHaveLength(1);
    expect(state.aborted).toEqual([]);
    state.release.open();
    expect((await call.reply()).toolText).toBe("a hung");
  });

  test("may come at any time: before, during or after the response [2025-11-25/cancellation/races-handled]", async () => {
    const server = new McpServer({ name: "race", version: "1.0.0", logger: silent });
    server.tool("turns", {
      inputSchema: {
        type: "object",
        properties: { turns: { type: "integer" } },
        required: ["turns"],
      } as const,
      handler: async ({ turns }, ctx) => {
        if (turns % 2 === 1) await ctx.progress({ progress: 1 });
        for (let i = 0; i < turns; i++) await Promise.resolve();
        if (turns > 30) await new Promise((resolve) => setImmediate(resolve));
        return `${turns}`;
      },
    });
    const wire = await open(server);
    const replies = [];
    for (let turns = 0; turns < 40; turns++) {
      const id = `race-${turns}`;
      const early = turns % 10 === 0 ? wire.notify(CANCELLED, { requestId: id }) : undefined;
      const stream = wire.startTool("turns", { turns }, { id, meta: { progressToken: id } });
      for (let i = 0; i < turns % 7; i++) await Promise.resolve();
      const late = wire.notify(CANCELLED, { requestId: id });
      replies.push({ id, stream, sent: Promise.all([early, late]) });
    }
    for (const { stream, sent } of replies) {
      await sent;
      if (wire.overHttp) await stream.ended;
    }
    expect((await wire.request("ping")).result).toEqual({});
    for (const { id } of replies) {
      const responses = wire.received.filter((message) => message.id === id);
      expect(responses.length, id).toBeLessThanOrEqual(1);
    }
  });
});

test.each(httpTransports)("a session cannot cancel the calls of another, over %s", async (transport) => {
  const state = makeServer();
  const wire = await openWire(state.server, { transport, era: REVISION });
  const other = await wire.connect({ era: REVISION });
  const call = wire.startTool("hang", { name: "a" }, { id: 1 });
  await until(() => state.running.length === 1, "the call runs");
  await other.notify(CANCELLED, { requestId: 1 });
  expect((await other.request("ping")).result).toEqual({});
  expect(state.aborted).toEqual([]);
  state.release.open();
  expect((await call.reply()).toolText).toBe("a hung");
});

test.each(httpTransports)("of calls that share an id each is cancelled, over %s", async (transport) => {
  const state = makeServer();
  const wire = await openWire(state.server, { transport, era: REVISION });
  const calls = ["a", "b"].map((name) => wire.startTool("hang", { name }, { id: 1 }));
  await until(() => state.running.length === 2, "both calls run");
  await wire.notify(CANCELLED, { requestId: 1 });
  for (const call of calls) expect((await call.reply()).response).toBeUndefined();
  expect(state.aborted).toHaveLength(2);
});

test.each(httpTransports)(
  "1,000 cancelled calls leave nothing behind, over %s [2025-11-25/cancellation/frees-resources]",
  async (transport) => {
    const clientRequestAdapter = new InMemoryClientRequestAdapter();
    const sessionAdapter = new InMemorySessionAdapter();
    let running = 0;
    const server = new McpServer({ name: "many", version: "1.0.0", logger: silent }).tool("ask", {
      handler: async (_, ctx) => {
        running++;
        await ctx.listRoots();
      },
    });
    const wire = await openWire(server, { transport, era: REVISION, clientRequestAdapter, sessionAdapter });
    for (let batch = 0; batch < 20; batch++) {
      const calls = Array.from({ length: 50 }, (_, i) => wire.startTool("ask", {}, { id: `${batch}-${i}` }));
      await until(() => running === (batch + 1) * 50, "all calls run");
      await Promise.all(calls.map((call) => call.cancel()));
      for (const call of calls) expect((await call.reply()).response).toBeUndefined();
    }
    expect(wire.http.handler.load).toMatchObject({ streams: 0, calls: 0 });
    expect(clientRequestAdapter.size).toBe(0);
    expect(sessionAdapter.size).toBe(1);
  },
);

test("1,000 cancelled calls leave nothing behind on a pipe [2025-11-25/cancellation/frees-resources]", async () => {
  const clientRequestAdapter = new InMemoryClientRequestAdapter();
  const server = new McpServer({ name: "many", version: "1.0.0", logger: silent }).tool("ask", {
    handler: async (_, ctx) => void (await ctx.listRoots()),
  });
  const wire = await openWire(server, { transport: "stdio", era: REVISION, clientRequestAdapter });
  for (let i = 0; i < 1_000; i++) {
    const call = wire.startTool("ask", {}, { id: `${i}` });
    await call.nextOf("roots/list");
    await call.cancel();
    call.close();
  }
  await wire.settle();
  expect(clientRequestAdapter.size).toBe(0);
  // The ids are free again.
  const again = wire.startTool("ask", {}, { id: "7" });
  const { id } = await again.nextOf("roots/list");
  await wire.respond(id, { roots: [] });
  expect((await again.reply()).response?.id).toBe("7");
});
