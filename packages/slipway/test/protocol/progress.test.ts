import { describe, expect, test } from "vitest";
import { gate, type Id, matrix, openWire, until } from "../support/index.ts";
import { AGREEING, emptyServer, MODERN } from "./server.ts";

const METHOD = "notifications/progress";

describe.each(matrix(MODERN))("progress over $transport", ({ transport }) => {
  test("increases with each notification [2026-07-28/progress/increases]", async () => {
    const values = [1, 3, 3, 2, 4, Number.NaN, Number.POSITIVE_INFINITY, 3.9, 4.5, -1];
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        for (const progress of values) await ctx.progress({ progress });
        return "";
      },
    });
    const wire = await openWire(server, { transport });
    const { notifications } = await wire.callTool("t", {}, { meta: { progressToken: "p" } });
    expect(notifications).toEqual(
      [1, 3, 4, 4.5].map((progress) => ({
        jsonrpc: "2.0",
        method: METHOD,
        params: { progressToken: "p", progress },
      })),
    );
  });

  test("begins anywhere, and has its total and message [2026-07-28/progress/increases]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: -5, total: 10 });
        await ctx.progress({ progress: 0, message: "none", total: Number.POSITIVE_INFINITY });
        await ctx.progress({ progress: 0.25, total: 0.5, message: "half" });
        return "";
      },
    });
    const wire = await openWire(server, { transport });
    const { notifications } = await wire.callTool("t", {}, { meta: { progressToken: "p" } });
    expect(notifications.map(({ params: { progressToken: _, ...rest } }) => rest)).toEqual([
      { progress: -5, total: 10 },
      { progress: 0, message: "none" },
      { progress: 0.25, total: 0.5, message: "half" },
    ]);
  });

  test("of a handler that runs again is not reported again [2026-07-28/progress/increases]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await ctx.listRoots();
        await ctx.progress({ progress: 2 });
        await ctx.elicit({ message: "Go", url: "https://example.com" });
        await ctx.progress({ progress: 3 });
        return "";
      },
    });
    const wire = await openWire(server, { transport });
    const before = wire.received.length;
    await wire.callTool("t", {}, { meta: { progressToken: "p" }, answers: AGREEING });
    const reported = wire.received.slice(before).filter(({ method }) => method === METHOD);
    expect(reported.map(({ params }) => params.progress)).toEqual([1, 2, 3]);
  });

  test.each<Id>([0, "", "t", -7, "0"])(
    "has the token %j that the request gave [2026-07-28/progress/known-tokens-only]",
    async (progressToken) => {
      const server = emptyServer().tool("t", {
        handler: async (_, ctx) => {
          await ctx.progress({ progress: 1 });
          return "";
        },
      });
      const wire = await openWire(server, { transport });
      const { notifications } = await wire.callTool("t", {}, { meta: { progressToken } });
      expect(notifications.map(({ params }) => params.progressToken)).toEqual([progressToken]);
    },
  );

  test.each([undefined, null, 1.5, {}, [], true])(
    "is not reported for the token %j [2026-07-28/progress/known-tokens-only]",
    async (progressToken) => {
      const server = emptyServer().tool("t", {
        handler: async (_, ctx) => {
          await ctx.progress({ progress: 1 });
          return "done";
        },
      });
      const wire = await openWire(server, { transport });
      const reply = await wire.callTool("t", {}, { meta: { progressToken } });
      expect(reply.messages).toHaveLength(1);
      expect(reply.toolText).toBe("done");
      if (wire.overHttp) expect(reply.contentType).toBe("application/json");
    },
  );

  test("of parallel calls has each its own token, and none once they ended [2026-07-28/progress/tokens-tracked]", async () => {
    const release = gate();
    const late = new Map<string, () => void>();
    const server = emptyServer().tool("t", {
      inputSchema: { type: "object", properties: { who: { type: "string" } }, required: ["who"] } as const,
      handler: async ({ who }, ctx) => {
        late.set(who, () => void ctx.progress({ progress: 9, message: who }));
        await ctx.progress({ progress: 1, message: who });
        await release.opened;
        await ctx.progress({ progress: 2, message: who });
        return who;
      },
    });
    const wire = await openWire(server, { transport });
    const [a, b] = ["a", "b"].map((who) =>
      wire.startTool("t", { who }, { meta: { progressToken: `token of ${who}` } }),
    );
    await until(() => late.size === 2, "both ran");
    release.open();
    for (const [stream, who] of [
      [a, "a"],
      [b, "b"],
    ] as const) {
      const reply = await stream?.reply();
      expect(reply?.notifications.map(({ params }) => [params.progressToken, params.message])).toEqual([
        [`token of ${who}`, who],
        [`token of ${who}`, who],
      ]);
    }
    const before = wire.received.length;
    for (const report of late.values()) report();
    await wire.request("server/discover");
    expect(wire.received.slice(before)).toHaveLength(1);
  });

  test("is not reported by a handler that threw, was suspended or cancelled [2026-07-28/progress/in-progress-only]", async () => {
    const cancelled = gate();
    const reporting = gate();
    let reported = 0;
    const server = emptyServer().tool("t", {
      inputSchema: { type: "object", properties: { how: { type: "string" } } } as const,
      handler: async ({ how }, ctx) => {
        const report = () => {
          reported++;
          return ctx.progress({ progress: reported });
        };
        if (how === "throw") {
          setImmediate(report);
          throw new Error("no");
        }
        if (how === "suspend") {
          try {
            await ctx.listRoots();
          } finally {
            await report();
          }
        }
        reporting.open();
        ctx.signal.addEventListener("abort", () => cancelled.open());
        await cancelled.opened;
        await report();
        return "";
      },
    });
    const wire = await openWire(server, { transport });
    const meta = { progressToken: "p" };
    expect((await wire.callTool("t", { how: "throw" }, { meta })).messages).toHaveLength(1);
    expect((await wire.callTool("t", { how: "suspend" }, { meta })).messages).toHaveLength(1);
    const stream = wire.startTool("t", { how: "wait" }, { meta });
    await reporting.opened;
    await stream.cancel();
    await until(() => reported === 3, "all three reported");
    await wire.request("server/discover");
    expect(wire.received.filter(({ method }) => method === METHOD)).toEqual([]);
  });

  test("stops when the call is answered [2026-07-28/progress/stops-after-completion]", async () => {
    const more = gate();
    const stopped = gate();
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        void more.opened.then(async () => {
          for (let progress = 2; progress < 50; progress++) await ctx.progress({ progress });
          stopped.open();
        });
        return "done";
      },
    });
    const wire = await openWire(server, { transport });
    const listening = await wire.listen({ toolsListChanged: true });
    const reply = await wire.callTool("t", {}, { meta: { progressToken: "p" } });
    expect(reply.messages).toHaveLength(2);
    more.open();
    await stopped.opened;
    await wire.request("server/discover");
    expect(wire.received.filter(({ method }) => method === METHOD)).toHaveLength(1);
    expect(listening.messages.items).toHaveLength(1);
  });
});
