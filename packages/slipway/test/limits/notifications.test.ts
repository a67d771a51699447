import { McpServer } from "slipway";
import { limits, perHour, perSecond } from "slipway/limits";
import { describe, expect, test } from "vitest";
import { silent } from "../protocol-2025-11-25/rich-server.ts";
import { gate, META, matrix, openWire, type Reply, type Wire } from "../support/index.ts";

const TIMES = 10_000;

function makeServer() {
  const server = new McpServer({ name: "chatty", version: "1.0.0", logger: silent });
  const release = gate();
  server.tool("report", {
    handler: async (_args, ctx) => {
      for (let progress = 1; progress <= TIMES; progress++) void ctx.progress({ progress, total: TIMES });
      return "done";
    },
  });
  server.tool("report at once", {
    handler: (_args, ctx) => {
      for (let progress = 1; progress <= 10; progress++) void ctx.progress({ progress });
      return "done";
    },
  });
  server.tool("report and wait", {
    handler: async (_args, ctx) => {
      for (let progress = 1; progress <= 10; progress++) void ctx.progress({ progress });
      await release.opened;
      return "done";
    },
  });
  server.tool("log", {
    handler: async (_args, ctx) => {
      for (let i = 0; i < TIMES; i++) void ctx.log(i === 5_000 ? "error" : "info", `message ${i}`);
      return "done";
    },
  });
  return { server, release };
}

const progressOf = (reply: Reply) =>
  reply.notifications
    .filter(({ method }) => method === "notifications/progress")
    .map(({ params }) => (params as { progress: number }).progress);

/** Calls a tool so that it may report and log. */
async function call(wire: Wire, name: string): Promise<Reply> {
  if (wire.era === "legacy") await wire.request("logging/setLevel", { level: "debug" });
  const meta = { progressToken: "t", ...(wire.era === "modern" && { [META.logLevel]: "debug" }) };
  return wire.callTool(name, {}, { meta });
}

async function reportsSparsely(way: ReturnType<typeof matrix>[number]): Promise<void> {
  const bounds = limits({ notifications: { progress: perHour(60, { burst: 3 }) } });
  const wire = await openWire(makeServer().server, { ...way, era: way.revision, limits: bounds });
  const reply = await call(wire, "report");
  expect(reply.toolText).toBe("done");
  expect(progressOf(reply)).toEqual([1, 2, 3, TIMES]);
  expect(progressOf(await call(wire, "report at once"))).toEqual([1, 2, 3, 10]);
}

async function logsSparsely(way: ReturnType<typeof matrix>[number]): Promise<void> {
  const bounds = limits({ notifications: { log: perHour(60, { burst: 3 }) } });
  const wire = await openWire(makeServer().server, { ...way, era: way.revision, limits: bounds });
  const reply = await call(wire, "log");
  expect(reply.toolText).toBe("done");
  const logged = reply.notifications.filter(({ method }) => method === "notifications/message");
  expect(logged.map(({ params }) => params)).toMatchObject([
    { level: "info", data: "message 0" },
    { level: "info", data: "message 1" },
    { level: "info", data: "message 2" },
    { level: "error", data: expect.stringContaining("9997 log messages were left out") },
  ]);
}

describe.each(matrix({ revisions: ["2026-07-28"] }))("in $revision over $transport", (way) => {
  test("progress that comes too fast is sent sparsely, the last value always [2026-07-28/progress/rate-limited]", () =>
    reportsSparsely(way));
  test("log messages beyond a rate are left out, and counted [2026-07-28/logging/rate-limited]", () =>
    logsSparsely(way));
});

describe.each(matrix({ revisions: ["2025-11-25"] }))("in $revision over $transport", (way) => {
  test("progress that comes too fast is sent sparsely, the last value always [2025-11-25/progress/rate-limited]", () =>
    reportsSparsely(way));
  test("log messages beyond a rate are left out, and counted [2025-11-25/logging/rate-limited]", () =>
    logsSparsely(way));
});

test("progress that waits is sent when its time has come, not only at the end", async () => {
  const { server, release } = makeServer();
  const bounds = limits({ notifications: { progress: perSecond(5, { burst: 1 }) } });
  const wire = await openWire(server, { transport: "node", limits: bounds });
  const stream = wire.startTool("report and wait", {}, { meta: { progressToken: "t" } });
  expect((await stream.nextOf("notifications/progress")).params).toMatchObject({ progress: 1 });
  expect((await stream.nextOf("notifications/progress")).params).toMatchObject({ progress: 10 });
  release.open();
  expect((await stream.reply()).toolText).toBe("done");
});

test("without rates everything is sent", async () => {
  const wire = await openWire(makeServer().server, {
    transport: "node",
    limits: limits({ timeoutMs: 10_000 }),
  });
  expect(progressOf(await call(wire, "report at once"))).toHaveLength(10);
});
