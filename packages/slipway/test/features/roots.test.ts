import { ERROR_CODES, McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { type Answers, gate, httpTransports, matrix, openWire, type Wire } from "../support/index.ts";

const info = { name: "walker", version: "1.0.0" };
const roots = (...paths: string[]) => ({ roots: paths.map((path) => ({ uri: `file://${path}` })) });
const unasked: Answers = ({ method }) => {
  throw new Error(`${method} was asked.`);
};

function makeServer() {
  return new McpServer({ ...info, logger: recordingLogger() })
    .tool("roots", {
      handler: async (_args, ctx) => {
        try {
          return JSON.stringify((await ctx.listRoots()).map(({ uri }) => uri));
        } catch (error) {
          if ((error as Error).name === "SuspendSignal") throw error;
          return `refused: ${(error as Error).message}`;
        }
      },
    })
    .tool("thrice", {
      handler: async (_args, ctx) => {
        const [first, second] = await Promise.all([ctx.listRoots(), ctx.listRoots()]);
        first.push({ uri: "file:///added" });
        const third = await ctx.listRoots();
        return JSON.stringify([second.length, third.length]);
      },
    });
}

describe.each(matrix())("roots in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer, options: object = {}) =>
    openWire(server, { transport, era: revision, ...options });

  test(`none, and an answer that is none, end the call with an answer [${revision}/roots/unavailable-handled]`, async () => {
    const wire = await open(makeServer());
    const call = async (answer: object) =>
      (await wire.callTool("roots", {}, { answers: { "roots/list": answer } })).toolText;
    expect(await call({ roots: [] })).toBe("[]");
    expect(await call(roots("/a", "/b"))).toBe('["file:///a","file:///b"]');
    for (const wrong of [{}, { roots: "x" }, { roots: [{}] }, { roots: [null] }, { roots: [{ uri: 7 }] }]) {
      expect(await call(wrong)).toBe("refused: The client's answer to roots/list holds no list of roots.");
    }
    if (era === "legacy") {
      const error = { code: -32601, message: "Roots are not supported." };
      expect(await call({ error })).toBe("refused: Roots are not supported.");
    }
    expect(await call(roots("/c"))).toBe('["file:///c"]');
  });

  test(`they are not asked of a client that has none [${revision}/roots/capability-checked]`, async () => {
    const server = new McpServer(info).tool("roots", {
      handler: async (_args, ctx) => `${(await ctx.listRoots()).length}`,
    });
    for (const capabilities of [{}, { sampling: {} }, { roots: true } as object]) {
      const wire = await open(server, { capabilities });
      const reply = await wire.callTool("roots", {}, { answers: unasked });
      expect(reply.error.message).toContain('"roots"');
      expect([...reply.asks, ...reply.requests]).toEqual([]);
      if (era === "modern") {
        expect(reply.error).toMatchObject({
          code: ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY,
          data: { requiredCapabilities: { roots: {} } },
        });
      }
    }
  });

  test(`they are asked once in a call, and again in the next [${revision}/roots/cached]`, async () => {
    const wire = await open(makeServer());
    const answers = { "roots/list": roots("/a") };
    const reply = await wire.callTool("thrice", {}, { answers });
    expect(reply.asks).toHaveLength(1);
    expect(JSON.parse(reply.toolText)).toEqual([1, 1]);
    const next = await wire.callTool("roots", {}, { answers: { "roots/list": roots("/b") } });
    expect(next.asks).toHaveLength(1);
    expect(next.toolText).toBe('["file:///b"]');
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "roots of several callers in $revision over $transport",
  ({ transport, revision }) => {
    test(`nobody sees those of another [${revision}/roots/cached]`, async () => {
      const wire = await openWire(makeServer(), {
        transport,
        era: revision,
        principal: { subject: "alice" },
      });
      const others = [
        wire,
        await wire.connect({ era: revision, principal: { subject: "alice" } }),
        await wire.connect({ era: revision, principal: { subject: "bob" } }),
      ];
      const replies = await Promise.all(
        others.map((other, i) => other.callTool("roots", {}, { answers: { "roots/list": roots(`/${i}`) } })),
      );
      expect(replies.map(({ toolText }) => toolText)).toEqual([
        '["file:///0"]',
        '["file:///1"]',
        '["file:///2"]',
      ]);
      expect(replies.map(({ asks }) => asks.length)).toEqual([1, 1, 1]);
    });
  },
);

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "changes of the roots in $revision over $transport",
  ({ transport, revision }) => {
    const changed = (wire: Wire) => wire.notify("notifications/roots/list_changed");

    test(`during a call lead to a new question [${revision}/roots/changes-handled] [${revision}/roots/refreshed-after-change]`, async () => {
      const [first, goOn] = [gate(), gate()];
      const server = new McpServer(info).tool("twice", {
        handler: async (_args, ctx) => {
          const before = await ctx.listRoots();
          const again = await ctx.listRoots();
          first.open();
          await goOn.opened;
          const after = await ctx.listRoots();
          return JSON.stringify([before, again, after].map(([root]) => root?.uri));
        },
      });
      const wire = await openWire(server, { transport, era: revision });
      let asked = 0;
      const call = wire.callTool("twice", {}, { answers: () => roots(asked++ === 0 ? "/old" : "/new") });
      await first.opened;
      await changed(wire);
      // On a pipe a notification has no reply: what is answered after it was read after it.
      await wire.request("ping");
      goOn.open();
      const reply = await call;
      expect(JSON.parse(reply.toolText)).toEqual(["file:///old", "file:///old", "file:///new"]);
      expect(reply.asks.map(({ method }) => method)).toEqual(["roots/list", "roots/list"]);
    });

    test(`between calls, and of a client that never said it would tell, are taken [${revision}/roots/changes-handled]`, async () => {
      const wire = await openWire(makeServer(), { transport, era: revision, capabilities: { roots: {} } });
      const call = async (path: string) =>
        (await wire.callTool("roots", {}, { answers: { "roots/list": roots(path) } })).toolText;
      expect(await call("/a")).toBe('["file:///a"]');
      const reply = await changed(wire);
      expect(reply.status).toBe(wire.overHttp ? 202 : 0);
      expect(await call("/b")).toBe('["file:///b"]');
    });
  },
);
