import { McpServer } from "slipway";
import { guard, limits } from "slipway/limits";
import { afterEach, describe, expect, test, vi } from "vitest";
import { silent } from "../protocol-2025-11-25/rich-server.ts";
import { gate, httpTransports, matrix, openWire, until } from "../support/index.ts";
import { openTaskWire, startTask, taskUntil } from "../tasks/clients.ts";

const SHORT_MS = 40;

function makeServer() {
  const server = new McpServer({ name: "slow", version: "1.0.0", logger: silent });
  const state = { reasons: [] as unknown[], release: gate(), ended: 0 };
  server.tool("ignores", {
    handler: async (_args, ctx) => {
      await state.release.opened;
      await ctx.progress({ progress: 1 });
      state.ended++;
      return "late";
    },
  });
  server.tool("heeds", {
    handler: (_args, ctx) =>
      new Promise((_, reject) => {
        ctx.signal.addEventListener("abort", () => {
          state.reasons.push(ctx.signal.reason);
          reject(ctx.signal.reason);
        });
      }),
  });
  server.tool("guarded", {
    guard: guard({ timeoutMs: SHORT_MS }),
    handler: async () => {
      await state.release.opened;
      return "late";
    },
  });
  server.tool("plain", { handler: async () => "plain" });
  server.tool("asks", {
    handler: async (_args, ctx) => {
      const roots = await ctx.listRoots();
      return `${roots.length} roots, ${ctx.signal.aborted ? "stopped" : "in time"}`;
    },
  });
  server.resource("slow://it", {
    handler: async () => {
      await state.release.opened;
      return "late";
    },
  });
  return { server, state };
}

describe.each(matrix())("in $revision over $transport", ({ transport, revision }) => {
  const open = (server: McpServer, options: Parameters<typeof limits>[0]) =>
    openWire(server, { transport, era: revision, limits: limits(options) });

  test("a handler that takes too long is stopped, and its call is an error that the model reads", async () => {
    const { server, state } = makeServer();
    const wire = await open(server, { timeoutMs: SHORT_MS });
    const late = await wire.callTool("heeds");
    expect(late.result).toMatchObject({
      isError: true,
      content: [{ type: "text", text: 'The tool "heeds" did not finish within 0.04 s and was stopped.' }],
    });
    expect(state.reasons).toMatchObject([{ name: "TimeoutError" }]);
    expect((await wire.callTool("plain")).toolText).toBe("plain");
  });

  test("a handler that ignores its signal is answered for all the same, and nothing of it is sent later", async () => {
    const { server, state } = makeServer();
    const wire = await open(server, { timeoutMs: SHORT_MS });
    const late = await wire.callTool("ignores", {}, { meta: { progressToken: "t" } });
    expect(late.result).toMatchObject({ isError: true });
    const received = wire.received.length;
    state.release.open();
    await until(() => state.ended === 1, "the handler has ended");
    expect((await wire.callTool("plain")).toolText).toBe("plain");
    expect(wire.received).toHaveLength(received + 1);
  });

  test("a guard's time-out is the tool's own", async () => {
    const wire = await open(makeServer().server, {});
    expect((await wire.callTool("guarded")).toolText).toBe(
      'The tool "guarded" did not finish within 0.04 s and was stopped.',
    );
  });

  test("a tool may take longer than the others, or as long as it takes", async () => {
    const { server, state } = makeServer();
    const timeoutMs = Number.POSITIVE_INFINITY;
    const wire = await open(server, { timeoutMs: SHORT_MS, tools: { ignores: { timeoutMs } } });
    const call = wire.startTool("ignores");
    expect((await wire.callTool("heeds")).result).toMatchObject({ isError: true });
    state.release.open();
    expect((await call.reply()).toolText).toBe("late");
  });

  test("what is no tool ends in an error of the protocol", async () => {
    const wire = await open(makeServer().server, { timeoutMs: SHORT_MS });
    expect((await wire.request("resources/read", { uri: "slow://it" })).error).toMatchObject({
      code: -32603,
      message: "resources/read did not finish within 0.04 s and was stopped.",
    });
  });

  test("the time for which the client is asked does not count", async () => {
    const wire = await open(makeServer().server, { timeoutMs: SHORT_MS });
    const answers = async () => {
      await new Promise((resolve) => setTimeout(resolve, 3 * SHORT_MS));
      return { roots: [] };
    };
    expect((await wire.callTool("asks", {}, { answers })).toolText).toBe("0 roots, in time");
  });
});

test("a call that was stopped counts as at work until its handler has ended", async () => {
  const { server, state } = makeServer();
  const bounds = limits({ timeoutMs: SHORT_MS, inFlight: { total: 1 } });
  const wire = await openWire(server, { transport: "node", limits: bounds });
  expect((await wire.callTool("ignores")).result).toMatchObject({ isError: true });
  expect((await wire.callTool("plain")).status).toBe(503);
  state.release.open();
  await until(() => state.ended === 1, "the handler has ended");
  expect((await wire.callTool("plain")).toolText).toBe("plain");
});

test("a task may take longer than a call", async () => {
  const go = gate();
  const server = new McpServer({ name: "tasks", version: "1", logger: silent });
  const handler = async () => {
    await go.opened;
    return "done";
  };
  server.tool("wait", { task: "optional", handler });
  server.tool("guarded", { task: "optional", guard: guard(), handler });
  const wire = await openTaskWire(server, {
    transport: "fetch",
    era: "modern",
    limits: limits({ timeoutMs: SHORT_MS }),
  });
  const tasks = [await startTask(wire, "wait"), await startTask(wire, "guarded")];
  await new Promise((resolve) => setTimeout(resolve, 2 * SHORT_MS));
  go.open();
  for (const { taskId } of tasks) await taskUntil(wire, taskId, "completed");
});

describe.each(httpTransports)("a handler that ignores its signal, over %s", (transport) => {
  test("does not keep the response of a cancelled call open", async () => {
    const { server, state } = makeServer();
    const wire = await openWire(server, { transport, era: "2025-11-25" });
    const call = wire.startTool("ignores", {}, { id: "c" });
    await until(() => wire.http.handler.load.calls === 1, "it is at work");
    await wire.notify("notifications/cancelled", { requestId: "c" });
    expect((await call.reply()).messages).toEqual([]);
    expect(state.ended).toBe(0);
    expect(wire.http.handler.load.calls).toBe(1);
    state.release.open();
    await until(() => wire.http.handler.load.calls === 0, "it has ended");
  });

  test("does not keep the response of a call open whose session has ended", async () => {
    const { server, state } = makeServer();
    const wire = await openWire(server, { transport, era: "2025-11-25" });
    const call = wire.startTool("ignores");
    await until(() => wire.http.handler.load.calls === 1, "it is at work");
    expect((await wire.delete()).status).toBe(204);
    expect((await call.reply()).messages).toEqual([]);
    expect(state.ended).toBe(0);
    state.release.open();
  });
});

describe("time-outs longer than a timer can be", () => {
  afterEach(() => vi.useRealTimers());

  test("are not over at once", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { server, state } = makeServer();
    const month = 30 * 86_400_000;
    const wire = await openWire(server, { transport: "fetch", limits: limits({ timeoutMs: month }) });
    const call = wire.startTool("ignores");
    await until(() => wire.http.handler.load.calls === 1, "it is at work");
    await vi.advanceTimersByTimeAsync(month - 1_000);
    expect(wire.http.handler.load.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await call.reply()).result).toMatchObject({ isError: true });
    state.release.open();
  });
});
