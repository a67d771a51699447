import { InMemorySessionAdapter, type LoggingLevel, McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { gate, httpTransports, META, matrix, openWire, type Reply, type Wire } from "../support/index.ts";

const info = { name: "talker", version: "1.0.0" };
const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;

/** Asks for a level as the era does, and gives the `_meta` that calls need for it. */
async function atLevel(wire: Wire, level: LoggingLevel): Promise<{ [key: string]: unknown }> {
  if (wire.era === "modern") return { [META.logLevel]: level };
  expect((await wire.request("logging/setLevel", { level })).result).toEqual({});
  return {};
}

function logged(reply: Reply) {
  return reply.notifications
    .filter(({ method }) => method === "notifications/message")
    .map(({ params }) => params);
}

/** A server whose tool `log` logs once at each level. */
function makeServer() {
  return new McpServer({ ...info, logger: recordingLogger() }).tool("log", {
    handler: async (_args, ctx) => {
      for (const level of LEVELS) await ctx.log(level, `at ${level}`);
      return "done";
    },
  });
}

describe.each(matrix())("logging in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer, options: object = {}) =>
    openWire(server, { transport, era: revision, ...options });

  test(`is declared, and messages reach the client [${revision}/logging/capability-declared]`, async () => {
    const wire = await open(makeServer());
    const reply = era === "legacy" ? wire.initialized : await wire.request("server/discover");
    expect(reply?.result.capabilities).toHaveProperty("logging", {});
    const meta = await atLevel(wire, "debug");
    expect(logged(await wire.callTool("log", {}, { meta }))).toHaveLength(LEVELS.length);
  });

  test(`a level that there is not is refused [${revision}/logging/invalid-level]`, async () => {
    let runs = 0;
    const wire = await open(new McpServer(info).tool("log", { handler: () => `${++runs}` }));
    for (const level of ["verbose", "INFO", "", 7, null, ["info"], "constructor"]) {
      const reply =
        era === "legacy"
          ? await wire.request("logging/setLevel", { level })
          : await wire.callTool("log", {}, { meta: { [META.logLevel]: level } });
      expect(reply.error.code, String(level)).toBe(-32602);
    }
    if (era === "legacy") expect((await wire.request("logging/setLevel", {})).error.code).toBe(-32602);
    expect(runs).toBe(0);
  });

  test(`a message has the name of a logger that was given, and else none [${revision}/logging/consistent-logger-names]`, async () => {
    const server = new McpServer(info)
      .tool("t", {
        handler: async (_args, ctx) => {
          await ctx.log.info("a");
          return "";
        },
      })
      .resource("talk://r", {
        handler: async (_uri, _variables, ctx) => {
          await ctx.log.info("a");
          return "";
        },
      })
      .prompt("p", {
        handler: async (_args, ctx) => {
          await ctx.log.info("a");
          await ctx.log.info("b", "database");
          await ctx.log("warning", "c", "database");
          return "";
        },
      });
    const wire = await open(server);
    const meta = await atLevel(wire, "debug");
    expect(logged(await wire.callTool("t", {}, { meta }))).toEqual([{ level: "info", data: "a" }]);
    expect(logged(await wire.request("resources/read", { uri: "talk://r" }, { meta }))).toEqual([
      { level: "info", data: "a" },
    ]);
    expect(logged(await wire.request("prompts/get", { name: "p" }, { meta }))).toEqual([
      { level: "info", data: "a" },
      { level: "info", data: "b", logger: "database" },
      { level: "warning", data: "c", logger: "database" },
    ]);
  });

  test(`nothing of the server's inside is in any message [${revision}/logging/no-internal-details]`, async () => {
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger })
      .tool("fails", {
        handler: () => {
          throw new Error("SELECT * FROM secrets");
        },
      })
      .tool("logsError", {
        handler: async (_args, ctx) => {
          await ctx.log.error(new TypeError("not found"));
          await ctx.log.error({ nested: [{ cause: new Error("inner") }] });
          return "";
        },
      });
    const wire = await open(server);
    const meta = await atLevel(wire, "debug");
    expect(logged(await wire.callTool("fails", {}, { meta }))).toEqual([]);
    if (era === "modern") {
      const forged = { name: "fails", requestState: "AAAA", inputResponses: {} };
      const reply = await wire.request("tools/call", forged, { meta });
      expect(reply.messages).toEqual([reply.response]);
    }
    const reply = await wire.callTool("logsError", {}, { meta });
    expect(logged(reply)).toEqual([
      { level: "error", data: { name: "TypeError", message: "not found" } },
      { level: "error", data: { nested: [{ cause: { name: "Error", message: "inner" } }] } },
    ]);
    expect(JSON.stringify(wire.received)).not.toMatch(/SELECT|secrets|stack|\.ts:\d/);
    expect(logger.text()).toContain("SELECT * FROM secrets");
  });

  test(`whatever is logged makes a valid message, and the call goes on [${revision}/logging/data-validated]`, async () => {
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const data: unknown[] = [
      cyclic,
      10n,
      { big: 10n },
      () => "x",
      Symbol("x"),
      undefined,
      Number.NaN,
      {
        get broken() {
          throw new Error("hunter2");
        },
      },
      {
        toJSON() {
          throw new Error("hunter2");
        },
      },
      new Map([[1, 2]]),
      new Date(0),
      "\ud800",
      "x".repeat(10_000_000),
      Array.from({ length: 100_000 }, () => "filling"),
      { fine: true },
    ];
    const server = new McpServer(info).tool("log", {
      handler: async (_args, ctx) => {
        for (const one of data) await ctx.log.info(one);
        return "done";
      },
    });
    const wire = await open(server);
    const meta = await atLevel(wire, "debug");
    const reply = await wire.callTool("log", {}, { meta });
    expect(reply.toolText).toBe("done");
    const messages = logged(reply);
    expect(messages).toHaveLength(data.length);
    for (const [index, params] of messages.entries()) {
      expect(params, String(index)).toHaveProperty("data");
      expect(params.level).toBe("info");
      expect(JSON.stringify(params).length).toBeLessThan(140_000);
    }
    expect(messages[1].data).toBe("10");
    expect(messages[2].data).toEqual({ big: "10" });
    expect(messages[5].data).toBeNull();
    expect(messages[10].data).toBe("1970-01-01T00:00:00.000Z");
    expect(messages[12].data).toMatch(/^x{1000}.*of 10000000 characters\)$/s);
    expect(messages.at(-1).data).toEqual({ fine: true });
    expect(JSON.stringify(messages)).not.toContain("hunter2");
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "logs of several callers in $revision over $transport",
  ({ transport, revision, era }) => {
    test(`each gets the messages of its own calls only [${revision}/logging/access-controlled]`, async () => {
      const server = new McpServer(info).tool("log", {
        handler: async (_args, ctx) => {
          await ctx.log.info(ctx.auth?.subject);
          return "";
        },
      });
      const principal: Principal = { subject: "alice" };
      const wire = await openWire(server, { transport, era: revision, principal });
      const other = await wire.connect({ era: revision, principal: { subject: "bob" } });
      const listening = [await wire.listen({}), await other.listen({})];
      const meta = await atLevel(wire, "debug");
      await atLevel(other, "debug");
      const replies = await Promise.all([
        wire.callTool("log", {}, { meta }),
        other.callTool("log", {}, { meta }),
      ]);
      expect(replies.map(logged)).toEqual([
        [{ level: "info", data: "alice" }],
        [{ level: "info", data: "bob" }],
      ]);
      for (const stream of listening) {
        const strayed = stream.messages.items.filter(({ method }) => method === "notifications/message");
        expect(strayed).toEqual([]);
      }
      expect(era === "legacy" || listening.every(({ messages }) => messages.items.length === 1)).toBe(true);
    });
  },
);

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "the level of a session in $revision over $transport",
  ({ transport, revision }) => {
    test.each(LEVELS)(
      `%s lets pass what is at or above it [${revision}/logging/level-respected]`,
      async (level) => {
        const wire = await openWire(makeServer(), { transport, era: revision });
        await atLevel(wire, level);
        const passed = logged(await wire.callTool("log")).map((params) => params.level);
        expect(passed).toEqual(LEVELS.slice(LEVELS.indexOf(level)));
      },
    );

    test(`may change, also between calls [${revision}/logging/level-respected]`, async () => {
      const wire = await openWire(makeServer(), { transport, era: revision });
      for (const [level, count] of [
        ["emergency", 1],
        ["debug", 8],
        ["error", 4],
      ] as const) {
        await atLevel(wire, level);
        expect(logged(await wire.callTool("log"))).toHaveLength(count);
      }
    });
  },
);

describe.each(httpTransports)("the level of a session over %s", (transport) => {
  const era = "2025-11-25";

  test("holds on other machines, and for this session only [2025-11-25/logging/level-respected]", async () => {
    const sessionAdapter = new InMemorySessionAdapter();
    const wire = await openWire(makeServer(), { transport, era, sessionAdapter });
    const elsewhere = await openWire(makeServer(), { transport, era, sessionAdapter });
    const other = await wire.connect({ era });
    await atLevel(wire, "alert");
    elsewhere.sessionId = wire.sessionId;
    expect(logged(await elsewhere.callTool("log"))).toHaveLength(2);
    expect(logged(await other.callTool("log"))).toHaveLength(LEVELS.length);
  });

  test("that cannot be kept is an internal error [2025-11-25/logging/internal-error]", async () => {
    class FailingAdapter extends InMemorySessionAdapter {
      override updateState(): never {
        throw new Error("redis://hunter2@store refused");
      }
    }
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger }).tool("a", { handler: () => "" });
    const wire = await openWire(server, { transport, era, sessionAdapter: new FailingAdapter() });
    const { error, messages } = await wire.request("logging/setLevel", { level: "info" });
    expect(error.code).toBe(-32603);
    expect(JSON.stringify(messages)).not.toContain("hunter2");
    expect(logger.text()).toContain("hunter2");
    expect(logger.text()).toContain(error.data.reference);
    expect((await wire.callTool("a")).toolText).toBe("");
  });
});

describe.each(matrix({ revisions: ["2026-07-28"] }))(
  "the level of a request in $revision over $transport",
  ({ transport, revision }) => {
    test(`a server whose own log fails answers all the same [${revision}/logging/internal-error]`, async () => {
      const fail = () => {
        throw new Error("the disk is full: hunter2");
      };
      const logger = { error: fail, warn: fail, info: fail, debug: fail };
      const server = new McpServer({ ...info, logger })
        .tool("no good name", { handler: () => "fine" })
        .tool("fails", {
          handler: () => {
            throw new Error("hunter2");
          },
        })
        .resource("talk://fails", { handler: () => Promise.reject(new Error("hunter2")) });
      const wire = await openWire(server, { transport, era: revision });
      expect((await wire.callTool("no good name")).toolText).toBe("fine");
      expect((await wire.callTool("fails")).toolText).toMatch(/^Internal error \(reference/);
      expect((await wire.request("resources/read", { uri: "talk://fails" })).error.code).toBe(-32603);
      expect(JSON.stringify(wire.received)).not.toContain("hunter2");
    });

    test(`without one nothing is sent, also after a request that had one [${revision}/logging/only-when-asked]`, async () => {
      const wire = await openWire(makeServer(), { transport, era: revision });
      expect(logged(await wire.callTool("log"))).toEqual([]);
      expect(logged(await wire.callTool("log", {}, { meta: { [META.logLevel]: "debug" } }))).toHaveLength(8);
      const reply = await wire.callTool("log");
      expect(reply.messages).toEqual([reply.response]);
      const told = wire.received.filter(({ method }) => method === "notifications/message");
      expect(told).toHaveLength(8);
    });

    test.each(LEVELS)(
      `%s lets pass what is at or above it, before the response [${revision}/logging/at-or-above-level]`,
      async (level) => {
        const wire = await openWire(makeServer(), { transport, era: revision });
        const reply = await wire.callTool("log", {}, { meta: { [META.logLevel]: level } });
        expect(logged(reply).map((params) => params.level)).toEqual(LEVELS.slice(LEVELS.indexOf(level)));
        expect(reply.messages.at(-1)).toEqual(reply.response);
      },
    );
  },
);

describe.each(matrix({ revisions: ["2026-07-28"], transports: httpTransports }))(
  "streams of logs in $revision over $transport",
  ({ transport, revision }) => {
    test(`messages come on the stream of their own request, and nowhere after its response [${revision}/logging/on-own-stream-only]`, async () => {
      const [waiting, goOn] = [gate(), gate()];
      const late = gate();
      const server = new McpServer(info)
        .tool("wait", {
          handler: async (_args, ctx) => {
            await ctx.progress({ progress: 1 });
            waiting.open();
            await goOn.opened;
            return "";
          },
        })
        .tool("log", {
          handler: async (_args, ctx) => {
            await ctx.log.info("while it runs");
            void late.opened.then(() => ctx.log.info("after it ended"));
            return "";
          },
        });
      const wire = await openWire(server, { transport, era: revision });
      const meta = { [META.logLevel]: "debug" };
      const listening = await wire.listen({ toolsListChanged: true });
      const idle = wire.startTool("wait", {}, { meta: { ...meta, progressToken: 1 } });
      await waiting.opened;
      expect(logged(await wire.callTool("log", {}, { meta }))).toEqual([
        { level: "info", data: "while it runs" },
      ]);
      late.open();
      await late.opened;
      goOn.open();
      expect(logged(await idle.reply())).toEqual([]);
      server.notify("notifications/tools/list_changed");
      expect((await listening.nextOf("notifications/tools/list_changed")).method).toBeDefined();
      const told = wire.received.filter(({ method }) => method === "notifications/message");
      expect(told).toHaveLength(1);
    });
  },
);

test("on a pipe a message comes before the response of its request, and none after it [2026-07-28/logging/on-own-stream-only]", async () => {
  const late = gate();
  const server = new McpServer(info).tool("log", {
    handler: async (_args, ctx) => {
      await ctx.log.info("while it runs");
      void late.opened.then(() => ctx.log.info("after it ended"));
      return "";
    },
  });
  const wire = await openWire(server, { transport: "stdio" });
  const reply = await wire.callTool("log", {}, { meta: { [META.logLevel]: "debug" } });
  expect(reply.messages.map(({ method }) => method)).toEqual(["notifications/message", undefined]);
  late.open();
  await late.opened;
  await wire.settle();
  const told = wire.received.filter(({ method }) => method === "notifications/message");
  expect(told).toHaveLength(1);
});
