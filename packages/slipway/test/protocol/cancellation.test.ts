import { describe, expect, test } from "vitest";
import {
  gate,
  type Id,
  isResponse,
  matrix,
  openWire,
  type Stream,
  until,
  type Wire,
} from "../support/index.ts";
import { emptyServer, fullServer, keepingLogger, MODERN } from "./server.ts";

const CANCELLED = "notifications/cancelled";

/** A server whose tool waits until it is cancelled, and tells what it saw. */
function waiting(options: Parameters<typeof emptyServer>[0] = {}) {
  const started = gate();
  const aborted = gate<unknown>();
  const ended = gate();
  const server = emptyServer(options).tool("wait", {
    handler: async (_, ctx) => {
      started.open();
      ctx.signal.addEventListener("abort", () => aborted.open(ctx.signal.reason));
      await aborted.opened;
      await ctx.progress({ progress: 1 });
      await ctx.log.error("too late");
      ended.open();
      return "too late";
    },
  });
  server.tool("echo", { handler: () => "served" });
  return { server, started, aborted, ended };
}

const EAGER = { meta: { progressToken: "p", "io.modelcontextprotocol/logLevel": "debug" } };

/** Resolves when the server has dealt with a cancellation. */
async function settled(wire: Wire, stream: Stream): Promise<void> {
  if (!wire.overHttp) return wire.settle();
  await stream.ended;
  await until(() => wire.http.handler.load.calls === 0, "no call was left");
}

describe.each(matrix(MODERN))("cancellation over $transport", ({ transport }) => {
  test("tells the handler [2026-07-28/cancellation/stops-work]", async () => {
    const { server, started, aborted } = waiting();
    const wire = await openWire(server, { transport });
    const stream = wire.startTool("wait");
    await started.opened;
    await stream.cancel("user left");
    const reason = await aborted.opened;
    expect(reason).toBeInstanceOf(Error);
    // Going away over HTTP gives no reason.
    if (!wire.overHttp) expect(String(reason)).toContain("user left");
  });

  test("ends what the handler asks, and what it waits for in steps [2026-07-28/cancellation/stops-work]", async () => {
    const started = gate();
    const release = gate();
    const failed = gate<unknown>();
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        const step = ctx.step("slow", async () => {
          started.open();
          await release.opened;
          return 1;
        });
        const roots = ctx.listRoots();
        roots.catch((error) => failed.open(error));
        await step;
        return `${(await roots).length}`;
      },
    });
    const wire = await openWire(server, { transport });
    const stream = wire.startTool("t", {}, { id: "cancelled" });
    await started.opened;
    await stream.cancel();
    if (!wire.overHttp) await wire.settle();
    else await stream.ended;
    release.open();
    await failed.opened;
    await settled(wire, stream);
    expect(wire.received.filter(({ id }) => id === "cancelled")).toEqual([]);
  });

  test("is final: what asks afterwards is not asked [2026-07-28/cancellation/not-answered]", async () => {
    const { server, started, aborted } = waiting();
    const failed = gate<unknown>();
    server.tool("asks", {
      handler: async (_, ctx) => {
        started.open();
        await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
        aborted.open(undefined);
        await ctx.listRoots().catch((error) => {
          failed.open(error);
          throw error;
        });
        return "";
      },
    });
    const wire = await openWire(server, { transport });
    const stream = wire.startTool("asks", {}, { id: "cancelled" });
    await started.opened;
    await stream.cancel();
    await failed.opened;
    await settled(wire, stream);
    expect(wire.received.filter(({ id }) => id === "cancelled")).toEqual([]);
  });

  test.each(["returns", "throws"])(
    "a call whose handler %s afterwards is not answered [2026-07-28/cancellation/not-answered] [2026-07-28/http/disconnect-silences] [2026-07-28/stdio/cancellation-silences]",
    async (how) => {
      const { server, started, aborted, ended } = waiting();
      server.use(async (ctx, next) => {
        const outcome = await next();
        if (how === "throws" && ctx.request.params?.["name"] === "wait") throw new Error("too late");
        return outcome;
      });
      const wire = await openWire(server, { transport });
      const listening = await wire.listen({ toolsListChanged: true });
      const stream = wire.startTool("wait", {}, { id: "cancelled", ...EAGER });
      await started.opened;
      await stream.cancel();
      await aborted.opened;
      await ended.opened;
      expect((await wire.callTool("echo")).toolText).toBe("served");
      const about = wire.received.filter(
        ({ id, method }) =>
          id === "cancelled" || method === "notifications/progress" || method === "notifications/message",
      );
      expect(about).toEqual([]);
      expect(listening.messages.items).toHaveLength(1);
    },
  );

  test("frees what the calls held [2026-07-28/cancellation/frees-resources]", async () => {
    let running = 0;
    const server = emptyServer().tool("wait", {
      handler: async (_, ctx) => {
        running++;
        await ctx.progress({ progress: 1 });
        await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
        running--;
        return "";
      },
    });
    const wire = await openWire(server, { transport });
    for (let round = 0; round < 10; round++) {
      const streams = Array.from({ length: 20 }, (_, i) =>
        wire.startTool("wait", {}, { id: i, meta: { progressToken: `${round} ${i}` } }),
      );
      await until(() => running === 20, "all ran");
      for (const stream of streams) await stream.cancel();
      await until(() => running === 0, "all were told");
      if (wire.overHttp) {
        await until(() => wire.http.handler.load.calls === 0, "no call was left");
        await until(() => wire.http.handler.load.streams === 0, "no stream was left");
      } else await wire.settle();
      // On a pipe, the same ids can be used again.
    }
    expect(wire.received.filter((message) => "error" in message)).toEqual([]);
  });

  test("that comes too early, too late or twice is no more than that [2026-07-28/cancellation/races-handled] [2026-07-28/cancellation/invalid-ignored]", async () => {
    const { server, started, aborted } = waiting();
    const wire = await openWire(server, { transport });
    const cancel = (requestId: Id) => wire.notify(CANCELLED, { requestId });
    await cancel("a");
    expect((await wire.callTool("echo", {}, { id: "a" })).toolText).toBe("served");
    await cancel("a");
    await cancel("a");
    expect((await wire.callTool("echo", {}, { id: "b" })).toolText).toBe("served");
    const stream = wire.startTool("wait", {}, { id: "c" });
    await started.opened;
    await stream.cancel();
    await aborted.opened;
    await cancel("c");
    await settled(wire, stream);
    expect(
      wire.received.filter(isResponse).filter(({ id }) => ["a", "b", "c"].includes(String(id))),
    ).toHaveLength(2);
    expect((await wire.callTool("echo")).toolText).toBe("served");
  });

  test("at every turn of a call leaves one answer or none [2026-07-28/cancellation/races-handled]", async () => {
    const server = emptyServer().tool("turns", {
      handler: async (_, ctx) => {
        for (let turn = 0; turn < 4; turn++) {
          await ctx.progress({ progress: turn });
          await new Promise((resolve) => setImmediate(resolve));
        }
        return "done";
      },
    });
    const wire = await openWire(server, { transport });
    for (let turns = 0; turns < 12; turns++) {
      const id = `race ${turns}`;
      const stream = wire.startTool("turns", {}, { id, meta: { progressToken: id } });
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await stream.cancel();
      await settled(wire, stream);
      expect((await wire.request("server/discover")).result.resultType).toBe("complete");
      expect(wire.received.filter((message) => message.id === id).length).toBeLessThan(2);
    }
  });

  test.each<[string, object | undefined]>([
    ["an unknown id", { requestId: "unknown" }],
    ["no params", undefined],
    ["no requestId", {}],
    ["a requestId that is an object", { requestId: {} }],
    ["a requestId that is null", { requestId: null }],
    ["a requestId with a fraction", { requestId: 1.5 }],
    ["the number for the text", { requestId: 1 }],
    ["a reason that is no text", { requestId: 1, reason: { a: 1 } }],
  ])("with %s is ignored [2026-07-28/cancellation/invalid-ignored]", async (_, params) => {
    const { server, started, aborted } = waiting();
    let wasAborted = false;
    void aborted.opened.then(() => {
      wasAborted = true;
    });
    const wire = await openWire(server, { transport });
    const stream = wire.startTool("wait", {}, { id: "1" });
    await started.opened;
    const reply = await wire.send({ jsonrpc: "2.0", method: CANCELLED, params }).reply();
    expect(reply.messages).toEqual([]);
    expect((await wire.callTool("echo")).toolText).toBe("served");
    expect(wasAborted).toBe(false);
    await stream.cancel();
    await aborted.opened;
  });

  test("is sent by the server for nothing but its subscriptions [2026-07-28/cancellation/for-nothing-else] [2026-07-28/cancellation/references-listen]", async () => {
    const { server, started, ended } = waiting();
    server.tool("fail", {
      handler: () => {
        throw new Error("no");
      },
    });
    server.tool("roots", { handler: async (_, ctx) => `${(await ctx.listRoots({ timeoutMs: 1 })).length}` });
    const wire = await openWire(server, { transport });
    const listens = [
      await wire.listen({ toolsListChanged: true }, { id: 7 }),
      await wire.listen({ toolsListChanged: true }, { id: "7" }),
    ];
    await wire.callTool("fail");
    await wire.callTool("?");
    await wire.callTool("roots");
    await wire.request("no/such");
    const cancelled = wire.startTool("wait", {}, { id: "cancelled" });
    await started.opened;
    await cancelled.cancel();
    await ended.opened;
    const ended2 = await wire.listen({ toolsListChanged: true }, { id: "ended by the client" });
    await ended2.cancel();
    wire.startTool("wait", {}, { id: "running" });
    await wire.close();
    for (const stream of listens) await stream.ended;
    const sent = wire.received.filter(({ method }) => method === CANCELLED);
    expect(sent.map(({ params }) => params.requestId)).toEqual(wire.overHttp ? [] : [7, "7"]);
  });
});

test("a server that ends subscriptions on a pipe cancels each, and then answers it [2026-07-28/cancellation/server-ends-listen] [2026-07-28/cancellation/references-listen]", async () => {
  const wire = await openWire(fullServer(), { transport: "stdio" });
  await wire.listen({ toolsListChanged: true }, { id: 1 });
  await wire.listen({ promptsListChanged: true }, { id: "two" });
  const before = wire.received.length;
  await wire.stdio.server.close();
  const last = wire.received.slice(before);
  for (const id of [1, "two"]) {
    const about = last.filter((message) => message.id === id || message.params?.requestId === id);
    expect(about).toEqual([
      { jsonrpc: "2.0", method: CANCELLED, params: { requestId: id } },
      { jsonrpc: "2.0", id, result: expect.objectContaining({ resultType: "complete" }) },
    ]);
  }
  expect(last).toHaveLength(4);
});

test("the reason of a cancellation is in the log, with the request, on a line of its own [2026-07-28/cancellation/reason-logged]", async () => {
  const { logger, entries } = keepingLogger();
  const { server, started, aborted } = waiting({ logger });
  const wire = await openWire(server, { transport: "stdio" });
  const stream = wire.startTool("wait", {}, { id: "call 7" });
  await started.opened;
  await stream.cancel(`user left\nFATAL forged ${"x".repeat(10_000)}`);
  await aborted.opened;
  const [entry, ...others] = entries.filter(({ text }) => text.includes("call 7"));
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ level: "debug", text: expect.stringContaining("tools/call") });
  expect(entry?.text).toContain("user left");
  expect(entry?.text).not.toContain("\n");
  expect(entry?.text.length).toBeLessThan(400);
});
