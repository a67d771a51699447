import { type FormAnswer, McpServer, RpcError, ToolError } from "slipway";
import { InMemoryTaskAdapter, memoryStore } from "slipway/memory";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { gate, matrix } from "../support/index.ts";
import {
  EXTENSION,
  endOf,
  getTask,
  openTaskWire,
  RELATED,
  startTask,
  taskUntil,
  WITH_TASKS,
} from "./clients.ts";

const Name = z.object({ name: z.string() });

const nameOf = (answer: FormAnswer<{ name: string }>) =>
  answer.action === "accept" ? answer.content.name : answer.action;

function makeServer() {
  const steps: string[] = [];
  const go = gate();
  const stopped = gate();
  const server = new McpServer({ name: "tasks", version: "1", tasks: { ttlMs: 5_000, maxTtlMs: 60_000 } });
  server
    .tool("plain", { handler: () => "at once" })
    .tool("optional", { task: "optional", handler: (_args, ctx) => (ctx.task ? "as a task" : "at once") })
    .tool("required", { task: "required", handler: (_args, ctx) => `task ${ctx.task?.id}` })
    .tool("ask", {
      task: "optional",
      handler: async (_args, ctx) => {
        await ctx.step("first", () => void steps.push("first"));
        const first = await ctx.elicit({ message: "Who?", schema: Name });
        await ctx.step("second", () => void steps.push("second"));
        const again = await ctx.elicit({ message: "Really?", schema: Name });
        return `${nameOf(first)} ${nameOf(again)}`;
      },
    })
    .tool("detach", {
      task: "optional",
      taskBegins: "on detach",
      handler: async (_args, ctx) => {
        await ctx.step("first", () => void steps.push("first"));
        const before = await ctx.elicit({ message: "Before?", schema: Name });
        await ctx.detach();
        await ctx.step("second", () => void steps.push("second"));
        const after = ctx.task && (await ctx.elicit({ message: "After?", schema: Name }));
        return `${nameOf(before)} ${after ? nameOf(after) : "at once"}`;
      },
    })
    .tool("wait", {
      task: "optional",
      handler: async (_args, ctx) => {
        ctx.signal.addEventListener("abort", () => stopped.open(), { once: true });
        await ctx.task?.describe("half way");
        await go.opened;
        return "done";
      },
    })
    .tool("fail", {
      task: "optional",
      handler: () => {
        throw new ToolError("no luck");
      },
    })
    .tool("break", {
      task: "optional",
      handler: () => {
        throw new RpcError(1234, "broken", { why: "so" });
      },
    });
  return { server, steps, go, stopped };
}

const text = (value: string) => [{ type: "text", text: value }];

describe.each(matrix())("tasks in $revision over $transport", ({ revision, transport, era }) => {
  const open = (server: McpServer, more: object = {}) =>
    openTaskWire(server, { transport, era: revision, ...more });

  test("a call becomes a task whose result the client gets later", async () => {
    const { server, go } = makeServer();
    const wire = await open(server);
    const task = await startTask(wire, "wait");
    expect(task).toMatchObject({ taskId: expect.stringMatching(/^[0-9a-f]{32}$/), status: "working" });
    expect(new Date(task.createdAt).toISOString()).toBe(task.createdAt);
    expect(new Date(task.lastUpdatedAt).toISOString()).toBe(task.lastUpdatedAt);
    const [ttl, pollInterval] = era === "modern" ? ["ttlMs", "pollIntervalMs"] : ["ttl", "pollInterval"];
    expect(task).toMatchObject({ [ttl as string]: 5_000, [pollInterval as string]: 1_000 });
    expect(await getTask(wire, task.taskId)).toMatchObject({ taskId: task.taskId, status: "working" });
    go.open();
    const { result } = await endOf(wire, task.taskId);
    expect(result.content).toEqual(text("done"));
    expect(await getTask(wire, task.taskId)).toMatchObject({
      status: "completed",
      statusMessage: "half way",
    });
  });

  test("a task asks its client in its midst, and does each step once", async () => {
    const { server, steps } = makeServer();
    const wire = await open(server);
    const { taskId } = await startTask(wire, "ask");
    await taskUntil(wire, taskId, "input_required");
    let asked = 0;
    const { result, asks } = await endOf(wire, taskId, () => ({
      action: "accept",
      content: { name: `Ann${++asked}` },
    }));
    expect(asks).toEqual(["Who?", "Really?"]);
    expect(result.content).toEqual(text("Ann1 Ann2"));
    expect(steps).toEqual(["first", "second"]);
  });

  test("a call becomes a task where its handler says so, and asks before that as every call does", async () => {
    const { server, steps } = makeServer();
    const wire = await open(server);
    const params = { name: "detach", arguments: {}, ...(era === "legacy" && { task: {} }) };
    const before = { action: "accept", content: { name: "Ann" } };
    const reply = await wire.request("tools/call", params, { answers: { "elicitation/create": before } });
    expect(reply.asks).toHaveLength(1);
    const task = era === "legacy" ? reply.result["task"] : reply.result;
    expect(task).toMatchObject({ status: "working" });
    expect(task).not.toHaveProperty("requestState");
    const end = await endOf(wire, task.taskId, () => ({ action: "accept", content: { name: "Bob" } }));
    expect(end.asks).toEqual(["After?"]);
    expect(end.result.content).toEqual(text("Ann Bob"));
    expect(steps).toEqual(["first", "second"]);
  });

  test("a cancelled task is told to stop, and stays cancelled whatever its handler then gives", async () => {
    const { server, go, stopped } = makeServer();
    const wire = await open(server);
    const { taskId } = await startTask(wire, "wait");
    const { result } = await wire.request("tasks/cancel", { taskId });
    if (era === "legacy") expect(result).toMatchObject({ taskId, status: "cancelled" });
    else expect(Object.keys(result).sort()).toEqual(["_meta", "resultType"]);
    await stopped.opened;
    go.open();
    expect(await getTask(wire, taskId)).toMatchObject({ status: "cancelled" });
    const again = await wire.request("tasks/cancel", { taskId });
    if (era === "legacy") expect(again.error.code).toBe(-32602);
    else expect(again.result["resultType"]).toBe("complete");
    expect(await getTask(wire, taskId)).not.toHaveProperty("result");
  });

  test("a task that asks can be cancelled", async () => {
    const { server } = makeServer();
    const wire = await open(server);
    const { taskId } = await startTask(wire, "ask");
    await taskUntil(wire, taskId, "input_required");
    await wire.request("tasks/cancel", { taskId });
    expect(await getTask(wire, taskId)).toMatchObject({ status: "cancelled" });
  });

  test("a tool's failure is the result of its task", async () => {
    const wire = await open(makeServer().server);
    const { taskId } = await startTask(wire, "fail");
    const { result } = await endOf(wire, taskId);
    expect(result).toMatchObject({ isError: true, content: text("no luck") });
    expect(await getTask(wire, taskId)).toMatchObject(
      era === "modern" ? { status: "completed" } : { status: "failed", statusMessage: "no luck" },
    );
  });

  test("an error of the protocol fails the task, and reaches its client as it is", async () => {
    const wire = await open(makeServer().server);
    const { taskId } = await startTask(wire, "break");
    const { error } = await endOf(wire, taskId);
    expect(error).toEqual({ code: 1234, message: "broken", data: { why: "so" } });
    const task = await getTask(wire, taskId);
    expect(task).toMatchObject({ status: "failed", statusMessage: "broken" });
    expect(task).not.toHaveProperty("result");
  });

  test("arguments that do not fit are the failure of the task", async () => {
    const server = new McpServer({ name: "tasks", version: "1" });
    server.tool("named", { task: "optional", inputSchema: Name, handler: ({ name }) => name });
    const wire = await open(server);
    const { taskId } = await startTask(wire, "named", { name: 1 });
    expect((await endOf(wire, taskId)).result).toMatchObject({ isError: true });
  });

  test("what is no task does not exist", async () => {
    const wire = await open(makeServer().server);
    const methods = ["tasks/get", "tasks/cancel", era === "modern" ? "tasks/update" : "tasks/result"];
    for (const method of methods) {
      const params = { taskId: "nowhere", ...(method === "tasks/update" && { inputResponses: {} }) };
      expect((await wire.request(method, params)).error).toMatchObject({ code: -32602 });
      expect((await wire.request(method, {})).error).toMatchObject({ code: -32602 });
    }
  });

  test("a task is gone when its time is over", async () => {
    const { server } = makeServer();
    let now = Date.now();
    const taskAdapter = new InMemoryTaskAdapter({ now: () => now });
    const wire = await open(server, { taskAdapter, stdio: { taskAdapter } });
    const { taskId } = await startTask(wire, "optional");
    await taskUntil(wire, taskId, "completed");
    now += 4_000;
    expect(await getTask(wire, taskId)).toMatchObject({ status: "completed" });
    now += 2_000;
    expect((await wire.request("tasks/get", { taskId })).error).toMatchObject({ code: -32602 });
  });

  test("a tool without tasks is called as ever, whoever knows tasks", async () => {
    const wire = await open(makeServer().server);
    expect((await wire.callTool("plain")).result["content"]).toEqual(text("at once"));
  });

  test("without a tool that runs as a task there is no word of tasks", async () => {
    const server = new McpServer({ name: "plain", version: "1" });
    server.tool("plain", { handler: () => "at once" });
    const wire = await open(server);
    const capabilities =
      era === "legacy"
        ? wire.initialized?.result["capabilities"]
        : (await wire.request("server/discover")).result["capabilities"];
    expect(JSON.stringify(capabilities)).not.toContain("tasks");
    expect((await wire.request("tasks/get", { taskId: "x" })).error).toMatchObject({ code: -32601 });
    if (era === "legacy") {
      const params = { name: "plain", arguments: {}, task: {} };
      expect((await wire.request("tools/call", params)).result["content"]).toEqual(text("at once"));
    }
  });
});

describe.each(matrix({ revisions: ["2026-07-28"] }))("the extension over $transport", ({ transport }) => {
  const open = (server: McpServer, more: object = {}) =>
    openTaskWire(server, { transport, era: "modern", ...more });

  test("is declared by the server, and by no tool", async () => {
    const wire = await open(makeServer().server);
    const { result } = await wire.request("server/discover");
    expect(result["capabilities"].extensions).toEqual({ [EXTENSION]: {} });
    expect(result["capabilities"]).not.toHaveProperty("tasks");
    const { tools } = (await wire.request("tools/list")).result;
    for (const tool of tools) expect(tool).not.toHaveProperty("execution");
  });

  test("leaves a call alone that would detach, for clients that do not declare it", async () => {
    const wire = await open(makeServer().server, { capabilities: { elicitation: {} } });
    const before = { action: "accept", content: { name: "Ann" } };
    const reply = await wire.callTool("detach", {}, { answers: { "elicitation/create": before } });
    expect(reply.result["content"]).toEqual(text("Ann at once"));
  });

  test("serves clients that do not declare it with ordinary calls, unless a tool requires a task", async () => {
    const wire = await open(makeServer().server, { capabilities: { elicitation: {} } });
    expect((await wire.callTool("optional")).result["content"]).toEqual(text("at once"));
    const missing = { code: -32021, data: { requiredCapabilities: { extensions: { [EXTENSION]: {} } } } };
    expect((await wire.callTool("required")).error).toMatchObject(missing);
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      const params = { taskId: "x", inputResponses: {} };
      expect((await wire.request(method, params)).error).toMatchObject(missing);
    }
    const listen = { notifications: { taskIds: ["x"] } };
    expect((await wire.request("subscriptions/listen", listen)).error).toMatchObject(missing);
  });

  test("has neither tasks/result nor tasks/list, and ignores a task parameter", async () => {
    const wire = await open(makeServer().server);
    for (const method of ["tasks/result", "tasks/list"]) {
      expect((await wire.request(method, { taskId: "x" })).error).toMatchObject({ code: -32601 });
    }
    const params = { name: "plain", arguments: {}, task: { ttl: 1 } };
    expect((await wire.request("tools/call", params)).result["content"]).toEqual(text("at once"));
  });

  test("takes answers one by one, and each once", async () => {
    const server = new McpServer({ name: "tasks", version: "1" });
    server.tool("both", {
      task: "optional",
      handler: async (_args, ctx) => {
        const [a, b] = await Promise.all([
          ctx.elicit({ message: "a?", schema: Name, key: "a" }),
          ctx.elicit({ message: "b?", schema: Name, key: "b" }),
        ]);
        return `${nameOf(a)} ${nameOf(b)}`;
      },
    });
    const wire = await open(server);
    const { taskId } = await startTask(wire, "both");
    const asking = await taskUntil(wire, taskId, "input_required");
    expect(Object.keys(asking.inputRequests).sort()).toEqual(["a", "b"]);
    const answer = (key: string, name: string) =>
      wire.request("tasks/update", {
        taskId,
        inputResponses: { [key]: { action: "accept", content: { name } } },
      });
    await answer("unknown", "x");
    await answer("a", "Ann");
    await answer("a", "Zoe");
    const half = await getTask(wire, taskId);
    expect(half.status).toBe("input_required");
    expect(Object.keys(half.inputRequests)).toEqual(["b"]);
    await answer("b", "Bob");
    expect((await endOf(wire, taskId)).result.content).toEqual(text("Ann Bob"));
  });

  test("tells those who listen how their task is", async () => {
    const { server, go } = makeServer();
    const wire = await open(server);
    const { taskId } = await startTask(wire, "wait");
    const stream = await wire.listen({ taskIds: [taskId, "nowhere"] });
    go.open();
    const told = (await stream.nextOf("notifications/tasks")) as { params: Record<string, unknown> };
    expect(told.params).toMatchObject({
      taskId,
      status: "completed",
      result: { content: text("done") },
      _meta: { "io.modelcontextprotocol/subscriptionId": expect.anything() },
    });
    stream.close();
    const acknowledged = wire.received.find(
      (message) => message["method"] === "notifications/subscriptions/acknowledged",
    ) as { params: { notifications: unknown } };
    expect(acknowledged.params.notifications).toEqual({ taskIds: [taskId] });
  });
});

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "experimental tasks over $transport",
  ({ transport }) => {
    const open = (server: McpServer, more: object = {}) =>
      openTaskWire(server, { transport, era: "2025-11-25", ...more });

    test("are declared by the server and its tools", async () => {
      const wire = await open(makeServer().server);
      const capabilities = wire.initialized?.result["capabilities"];
      expect(capabilities["tasks"]).toEqual({ cancel: {}, requests: { tools: { call: {} } } });
      expect(capabilities).not.toHaveProperty("extensions");
      const { tools } = (await wire.request("tools/list")).result;
      const support = Object.fromEntries(
        tools.map((tool: Record<string, never>) => [tool["name"], tool["execution"]]),
      );
      expect(support).toMatchObject({
        plain: undefined,
        optional: { taskSupport: "optional" },
        required: { taskSupport: "required" },
      });
    });

    test("are what a client asks for with a call, where the tool fits", async () => {
      const wire = await open(makeServer().server);
      expect((await wire.callTool("optional")).result["content"]).toEqual(text("at once"));
      expect((await wire.callTool("required")).error).toMatchObject({ code: -32601 });
      const params = { name: "plain", arguments: {}, task: {} };
      expect((await wire.request("tools/call", params)).error).toMatchObject({ code: -32601 });
      const { taskId } = await startTask(wire, "required");
      expect((await endOf(wire, taskId)).result.content).toEqual(text(`task ${taskId}`));
    });

    test("are kept as long as the client wants, within the server's bounds", async () => {
      const wire = await open(makeServer().server);
      const ttlOf = async (ttl: unknown) => {
        const params = { name: "optional", arguments: {}, task: { ttl } };
        return (await wire.request("tools/call", params)).result["task"].ttl;
      };
      expect(await ttlOf(7_000)).toBe(7_000);
      expect(await ttlOf(7_000_000)).toBe(60_000);
      const wrong = { name: "optional", arguments: {}, task: { ttl: "long" } };
      expect((await wire.request("tools/call", wrong)).error).toMatchObject({ code: -32602 });
    });

    test("have a result that blocks until the end, and names its task", async () => {
      const { server, go } = makeServer();
      const wire = await open(server);
      const { taskId } = await startTask(wire, "wait");
      const waiting = wire.start("tasks/result", { taskId });
      expect(await getTask(wire, taskId)).toMatchObject({ status: "working" });
      go.open();
      const { result } = await waiting.reply();
      expect(result).toMatchObject({ content: text("done"), _meta: { [RELATED]: { taskId } } });
    });

    test("name themselves in their questions", async () => {
      const wire = await open(makeServer().server);
      const { taskId } = await startTask(wire, "ask");
      const seen: unknown[] = [];
      await endOf(wire, taskId, (ask) => {
        seen.push((ask.params as { _meta?: unknown })._meta);
        return { action: "decline" };
      });
      expect(seen).toEqual([{ [RELATED]: { taskId } }, { [RELATED]: { taskId } }]);
    });

    test("that were cancelled have no result", async () => {
      const { server } = makeServer();
      const wire = await open(server);
      const { taskId } = await startTask(wire, "wait");
      const waiting = wire.start("tasks/result", { taskId });
      await wire.request("tasks/cancel", { taskId });
      expect((await waiting.reply()).error).toMatchObject({
        code: -32603,
        message: "The task was cancelled.",
      });
    });

    test("report progress to the session that made them, naming themselves", async () => {
      const server = new McpServer({ name: "tasks", version: "1" });
      server.tool("steps", {
        task: "required",
        handler: async (_args, ctx) => {
          await ctx.progress({ progress: 1, total: 2 });
          return "done";
        },
      });
      const wire = await open(server);
      const stream = await wire.listen({});
      const params = { name: "steps", arguments: {}, task: {} };
      const { result } = await wire.request("tools/call", params, { meta: { progressToken: "p" } });
      const told = (await stream.nextOf("notifications/progress")) as { params: unknown };
      const { taskId } = result["task"];
      expect(told.params).toMatchObject({
        progressToken: "p",
        progress: 1,
        _meta: { [RELATED]: { taskId } },
      });
      stream.close();
    });

    test("tell the session that made them how they are", async () => {
      const { server, go } = makeServer();
      const wire = await open(server);
      const stream = await wire.listen({});
      const { taskId } = await startTask(wire, "wait");
      go.open();
      const told = (await stream.nextOf("notifications/tasks/status")) as { params: unknown };
      expect(told.params).toMatchObject({ taskId, status: "completed" });
      stream.close();
    });
  },
);

describe.each(["2025-06-18", "2025-03-26", "2024-11-05"])("a client of %s", (era) => {
  test("has no tasks", async () => {
    const wire = await openTaskWire(makeServer().server, { transport: "fetch", era });
    expect(JSON.stringify(wire.initialized?.result)).not.toContain('"tasks":');
    expect((await wire.callTool("optional")).result["content"]).toEqual(text("at once"));
    expect((await wire.callTool("required")).error).toMatchObject({ code: -32601 });
    expect((await wire.request("tasks/get", { taskId: "x" })).error).toMatchObject({ code: -32601 });
    const params = { name: "optional", arguments: {}, task: {} };
    expect((await wire.request("tools/call", params)).result["content"]).toEqual(text("at once"));
    expect(JSON.stringify((await wire.request("tools/list")).result)).not.toContain("execution");
  });
});

describe.each(matrix({ transports: ["fetch"] }))(
  "the tasks of one principal, in $revision",
  ({ revision, era }) => {
    const ann = { subject: "ann", tenant: "one" };

    test("do not exist for another", async () => {
      const { server } = makeServer();
      const wire = await openTaskWire(server, { transport: "fetch", era: revision, principal: ann });
      const { taskId } = await startTask(wire, "ask");
      await taskUntil(wire, taskId, "input_required");
      for (const principal of [
        { subject: "bob", tenant: "one" },
        { subject: "ann", tenant: "two" },
      ]) {
        const other = await wire.connect({ era: revision, principal, capabilities: WITH_TASKS });
        const methods = ["tasks/get", "tasks/cancel", era === "modern" ? "tasks/update" : "tasks/result"];
        for (const method of methods) {
          const reply = await other.request(method, { taskId, inputResponses: {} });
          expect(reply.error).toMatchObject({ code: -32602, message: `Task not found: ${taskId}` });
        }
      }
      expect(await getTask(wire, taskId)).toMatchObject({ status: "input_required" });
    });
  },
);

test("tasks of another server of the store are neither listed nor in the way of those that are", async () => {
  const store = memoryStore();
  const ann = { subject: "ann" };
  const open = (name: string) => {
    const server = new McpServer({ name, version: "1" });
    server.tool("work", { task: "optional", handler: () => "done" });
    return openTaskWire(server, { transport: "fetch", era: "2025-11-25", principal: ann, store });
  };
  const [mine, other] = [await open("mine"), await open("other")];
  const made: string[] = [];
  for (let round = 0; round < 3; round++) {
    made.push((await startTask(mine, "work")).taskId);
    // More than a page holds.
    for (let i = 0; i < 110; i++) await startTask(other, "work");
  }
  const { tasks, ...rest } = (await mine.request("tasks/list")).result as { tasks: { taskId: string }[] };
  expect(tasks.map(({ taskId }) => taskId)).toEqual(made);
  expect(rest).not.toHaveProperty("nextCursor");
  const page = (await other.request("tasks/list")).result as { tasks: unknown[] };
  expect(page.tasks).toHaveLength(100);
});

test("a principal of 2025-11-25 is given a list of its tasks, page by page, and of no others", async () => {
  const { server } = makeServer();
  const ann = { subject: "ann" };
  const wire = await openTaskWire(server, { transport: "fetch", era: "2025-11-25", principal: ann });
  const capabilities = wire.initialized?.result["capabilities"];
  expect(capabilities.tasks).toHaveProperty("list");
  const made: string[] = [];
  for (let i = 0; i < 101; i++) made.push((await startTask(wire, "optional")).taskId);
  const other = await wire.connect({ era: "2025-11-25", principal: { subject: "bob" } });
  await startTask(other, "optional");
  const first = (await wire.request("tasks/list")).result;
  const second = (await wire.request("tasks/list", { cursor: first["nextCursor"] })).result;
  expect([...first["tasks"], ...second["tasks"]].map(({ taskId }) => taskId)).toEqual(made);
  expect(second).not.toHaveProperty("nextCursor");
  expect((await wire.request("tasks/list", { cursor: "none" })).error).toMatchObject({ code: -32602 });
});
