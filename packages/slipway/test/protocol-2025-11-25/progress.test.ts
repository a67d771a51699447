import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, openWire, transports, until } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

function makeServer() {
  const server = new McpServer({ name: "progress", version: "1.0.0", logger: silent });
  server.tool("report", {
    inputSchema: { type: "object", properties: { values: { type: "array", items: {} } } } as const,
    handler: async ({ values = [] }, ctx) => {
      for (const value of values)
        await ctx.progress({ progress: value === "NaN" ? Number.NaN : (value as number) });
      return "reported";
    },
  });
  return server;
}

describe.each(transports)("progress over %s", (transport) => {
  const open = (server: McpServer) => openWire(server, { transport, era: REVISION });

  test("grows with each notification; what does not is left out [2025-11-25/progress/increases]", async () => {
    const wire = await open(makeServer());
    const told = async (values: unknown[]) => {
      const { notifications } = await wire.callTool("report", { values }, { meta: { progressToken: "t" } });
      return notifications.map(({ params }) => params.progress);
    };
    expect(await told([1, 3, 3, 2, 4, "NaN"])).toEqual([1, 3, 4]);
    expect(await told([0, 0.1, 0.1, 0.3])).toEqual([0, 0.1, 0.3]);
    expect(await told([-2, -1, -1.5])).toEqual([-2, -1]);
    expect(await told(["NaN"])).toEqual([]);
  });

  test("is sent for the token that the request gave, as it was given, and for no other [2025-11-25/progress/known-tokens-only]", async () => {
    const wire = await open(makeServer());
    const report = (meta?: { [key: string]: unknown }) => wire.callTool("report", { values: [1] }, { meta });
    for (const token of [0, "", "t", -1, 9007199254740991, "0", "__proto__"]) {
      const { notifications } = await report({ progressToken: token });
      expect(notifications.map(({ params }) => params.progressToken)).toEqual([token]);
    }
    for (const meta of [
      undefined,
      {},
      { progressToken: null },
      { progressToken: 1.5 },
      { progressToken: {} },
      { progressToken: true },
    ]) {
      const { messages, result } = await report(meta);
      expect(messages, JSON.stringify(meta)).toHaveLength(1);
      expect(result.content[0].text).toBe("reported");
    }
  });

  test("has the total and the words that the handler gave", async () => {
    const server = new McpServer({ name: "progress", version: "1.0.0" }).tool("report", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 0.5 });
        await ctx.progress({ progress: 1, total: 3.5, message: "on the way" });
      },
    });
    const wire = await open(server);
    const { notifications } = await wire.callTool("report", {}, { meta: { progressToken: "t" } });
    expect(notifications.map(({ params }) => params)).toEqual([
      { progressToken: "t", progress: 0.5 },
      { progressToken: "t", progress: 1, total: 3.5, message: "on the way" },
    ]);
  });

  test("is sent only while its request is worked on [2025-11-25/progress/in-progress-only] [2025-11-25/progress/stops-after-completion]", async () => {
    const later: (() => unknown)[] = [];
    const server = new McpServer({ name: "progress", version: "1.0.0", logger: silent });
    const running = gate();
    for (const end of ["returns", "throws", "hangs"]) {
      server.tool(end, {
        handler: async (_, ctx) => {
          await ctx.progress({ progress: 1 });
          later.push(() => ctx.progress({ progress: 2 }));
          if (end === "throws") throw new Error("thrown");
          if (end === "hangs") {
            running.open();
            await new Promise((_resolve, reject) => ctx.signal.addEventListener("abort", reject));
          }
          return end;
        },
      });
    }
    const wire = await open(server);
    const listening = await wire.listen({});
    for (const end of ["returns", "throws"]) await wire.callTool(end, {}, { meta: { progressToken: end } });
    const hanging = wire.startTool("hangs", {}, { meta: { progressToken: "hangs" } });
    await running.opened;
    await hanging.cancel();
    if (wire.overHttp) await hanging.ended;
    else await wire.settle();
    for (const report of later) await report();
    server.notify("notifications/tools/list_changed");
    await listening.nextOf("notifications/tools/list_changed");
    const told = wire.received.filter(({ method }) => method === "notifications/progress");
    expect(told.map(({ params }) => [params.progressToken, params.progress])).toEqual([
      ["returns", 1],
      ["throws", 1],
      ["hangs", 1],
    ]);
  });

  test("of calls side by side each has its own token, and none is kept [2025-11-25/progress/tokens-tracked]", async () => {
    const both = gate();
    let running = 0;
    const server = makeServer().tool("pair", {
      inputSchema: { type: "object", properties: { from: { type: "integer" } }, required: ["from"] } as const,
      handler: async ({ from }, ctx) => {
        if (++running === 2) both.open();
        await both.opened;
        for (let i = 0; i < 5; i++) await ctx.progress({ progress: from + i });
      },
    });
    const wire = await open(server);
    await Promise.all([
      wire.callTool("pair", { from: 0 }, { meta: { progressToken: "a" } }),
      wire.callTool("pair", { from: 100 }, { meta: { progressToken: "b" } }),
    ]);
    const told = (token: string) =>
      wire.received
        .filter(({ params }) => params?.progressToken === token)
        .map(({ params }) => params.progress);
    expect(told("a")).toEqual([0, 1, 2, 3, 4]);
    expect(told("b")).toEqual([100, 101, 102, 103, 104]);
    // A token may be used again, and begins anew.
    await wire.callTool("report", { values: [1] }, { meta: { progressToken: "a" } });
    expect(told("a")).toEqual([0, 1, 2, 3, 4, 1]);
  });

  test("that the client reports on what it was asked is taken, known or not", async () => {
    const server = makeServer().tool("ask", {
      handler: async (_, ctx) => `${(await ctx.listRoots()).length} roots`,
    });
    const wire = await open(server);
    const stream = wire.startTool("ask");
    const { id } = await stream.nextOf("roots/list");
    for (const params of [
      { progressToken: id, progress: 1 },
      { progressToken: "x", progress: 2 },
      {},
      undefined,
    ]) {
      const reply = await wire.notify("notifications/progress", params);
      if (wire.overHttp) expect(reply.status).toBe(202);
    }
    await wire.respond(id, { roots: [] });
    expect((await stream.reply()).toolText).toBe("0 roots");
  });

  test("tokens that the server attaches to what it asks are strings or integers, each its own [2025-11-25/progress/token-type] [2025-11-25/progress/token-unique]", async () => {
    const server = makeServer().tool("sample", {
      handler: async (_, ctx) => {
        const say = (text: string) =>
          ctx.sample({ messages: [{ role: "user", content: { type: "text", text } }], maxTokens: 1 });
        await Promise.all(Array.from({ length: 10 }, (_, i) => say(`${i}`)));
      },
    });
    const wire = await open(server);
    const calls = Array.from({ length: 10 }, () => wire.startTool("sample"));
    const asks = () => wire.received.filter(({ method }) => method === "sampling/createMessage");
    await until(() => asks().length === 100, "all 100 were asked");
    const tokens = asks().flatMap(({ params }) =>
      params._meta?.progressToken === undefined ? [] : [params._meta.progressToken],
    );
    for (const token of tokens) expect(typeof token === "string" || Number.isInteger(token)).toBe(true);
    expect(new Set(tokens).size).toBe(tokens.length);
    const result = { role: "assistant", content: { type: "text", text: "." }, model: "m" };
    for (const { id } of asks()) await wire.respond(id, result);
    await Promise.all(calls.map((call) => call.ended));
  });
});
