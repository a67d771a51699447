import { McpServer, StoreUnavailableError } from "slipway";
import { memoryStore } from "slipway/memory";
import { expect, test, vi } from "vitest";
import { gate } from "../support/index.ts";
import { getTask, openTaskWire, startTask, taskUntil } from "./clients.ts";

function makeServer(tasks: ConstructorParameters<typeof McpServer>[0]["tasks"] = {}) {
  const go = gate();
  const server = new McpServer({ name: "tasks", version: "1", tasks });
  server.tool("wait", {
    task: "optional",
    handler: async () => {
      await go.opened;
      return "done";
    },
  });
  return { server, go };
}

test("a call that would be one task too many is refused, until another has ended", async () => {
  const { server, go } = makeServer({ maxRunning: 1 });
  const wire = await openTaskWire(server, { transport: "fetch", era: "modern" });
  const { taskId } = await startTask(wire, "wait");
  expect((await wire.callTool("wait")).error).toMatchObject({
    code: -32603,
    message: expect.stringContaining("try again later"),
  });
  go.open();
  await taskUntil(wire, taskId, "completed");
  expect(await startTask(wire, "wait")).toMatchObject({ status: "working" });
});

test("settings of tasks must be positive integers", () => {
  for (const member of ["ttlMs", "maxTtlMs", "pollIntervalMs", "maxRunning"]) {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => makeServer({ [member]: value })).toThrow(`tasks.${member}: expected a positive integer`);
    }
  }
});

test("a tool's task must be one of three words", () => {
  const server = new McpServer({ name: "tasks", version: "1" });
  const define = () => server.tool("t", { task: "sometimes" as "never", handler: () => "" });
  expect(define).toThrow('expected "optional", "required" or "never", got sometimes');
});

test("a task's work ends when its time is over", async () => {
  const aborted = gate();
  const server = new McpServer({ name: "tasks", version: "1", tasks: { ttlMs: 20 } });
  server.tool("wait", {
    task: "optional",
    handler: async (_args, ctx) => {
      ctx.signal.addEventListener("abort", () => aborted.open(), { once: true });
      await aborted.opened;
      return "late";
    },
  });
  const wire = await openTaskWire(server, { transport: "fetch", era: "modern" });
  const { taskId } = await startTask(wire, "wait");
  await aborted.opened;
  const reply = await wire.request("tasks/get", { taskId });
  expect(reply.error).toMatchObject({ code: -32602 });
});

test("middleware is gone through when a task is made and when it is run, and can tell which", async () => {
  const { server, go } = makeServer();
  const seen: [string, boolean][] = [];
  server.use(async (ctx, next) => {
    if (ctx.request.method === "tools/call") seen.push([ctx.request.method, ctx.task !== undefined]);
    return next();
  });
  const wire = await openTaskWire(server, { transport: "fetch", era: "modern" });
  const { taskId } = await startTask(wire, "wait");
  go.open();
  await taskUntil(wire, taskId, "completed");
  expect(seen).toEqual([
    ["tools/call", false],
    ["tools/call", true],
  ]);
});

test("a handler that detaches while a step is under way is told so", async () => {
  const server = new McpServer({ name: "tasks", version: "1", logger: vi.mockObject(console) });
  let said: unknown;
  server.tool("hasty", {
    task: "optional",
    taskBegins: "on detach",
    handler: async (_args, ctx) => {
      const step = ctx.step("slow", () => new Promise((resolve) => setImmediate(resolve)));
      await ctx.detach().catch((error) => {
        said = error;
      });
      await step;
      return "at once";
    },
  });
  const wire = await openTaskWire(server, { transport: "fetch", era: "modern" });
  expect((await wire.callTool("hasty")).result["content"]).toEqual([{ type: "text", text: "at once" }]);
  expect(String(said)).toContain("while a step or a question was under way");
});

test("a store that is away for a moment costs a task's result nothing", async () => {
  const store = memoryStore();
  const { server, go } = makeServer();
  const failing = vi.spyOn(store.tasks, "finish").mockImplementationOnce(() => {
    throw new StoreUnavailableError("away");
  });
  const wire = await openTaskWire(server, { transport: "fetch", era: "modern", store });
  const { taskId } = await startTask(wire, "wait");
  go.open();
  await vi.waitFor(() => expect(failing).toHaveBeenCalledTimes(2), { timeout: 4_000 });
  expect(await getTask(wire, taskId)).toMatchObject({ status: "completed" });
});
