import { type Context, McpServer } from "slipway";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { httpTransports, type Message, openWire, transports, until, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const READY = "notifications/initialized";
const CHANGED = "notifications/tools/list_changed";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function makeServer() {
  const server = new McpServer({ name: "opening", version: "1.0.0", logger: silent });
  server.tool("ask", {
    handler: async (_, ctx) => {
      await ctx.log.info("asking");
      await ctx.progress({ progress: 1 });
      return `${(await ctx.listRoots()).length} roots`;
    },
  });
  return server;
}

describe.each(transports)("a client that has not said that it is ready, over %s", (transport) => {
  /** A client whose session is open, and no more. */
  async function open(server: McpServer): Promise<Wire> {
    const wire = await openWire(server, { transport, era: REVISION, handshake: false });
    wire.sessionId = (await wire.initialize()).headers.get("mcp-session-id") ?? undefined;
    return wire;
  }

  const told = (wire: Wire) =>
    wire.received.map(({ method }) => method).filter((method) => method !== undefined);
  const asks = (wire: Wire): Message[] => wire.received.filter(({ method }) => method === "roots/list");

  test("is asked nothing and told of no changes until it says so [2025-11-25/lifecycle/no-requests-before-initialized]", async () => {
    const server = makeServer();
    const wire = await open(server);
    const listening = wire.overHttp ? wire.get() : undefined;
    await listening?.nextEvent();
    const call = wire.startTool("ask", {}, { meta: { progressToken: "t" } });
    await until(() => told(wire).includes("notifications/progress"), "the call runs");
    server.notify(CHANGED);
    expect((await wire.request("ping")).result).toEqual({});
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await wire.request("ping")).result).toEqual({});
    expect(told(wire)).toEqual(["notifications/message", "notifications/progress"]);
    await wire.notify(READY);
    await until(() => asks(wire).length === 1, "the question was asked");
    await wire.respond(asks(wire)[0]?.id, { roots: [] });
    expect((await call.reply()).toolText).toBe("0 roots");
    server.notify(CHANGED);
    await until(() => told(wire).includes(CHANGED), "the change was told");
    expect(told(wire).filter((method) => method === CHANGED)).toHaveLength(1);
  });

  test("is served nevertheless, a little later, if it never says so", async () => {
    const server = makeServer();
    const wire = await open(server);
    const listening = wire.overHttp ? wire.get() : undefined;
    await listening?.nextEvent();
    const call = wire.startTool("ask");
    await until(() => told(wire).includes("notifications/message"), "the call runs");
    await vi.advanceTimersByTimeAsync(1_999);
    expect(asks(wire)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await until(() => asks(wire).length === 1, "the question was asked");
    await wire.respond(asks(wire)[0]?.id, { roots: [] });
    expect((await call.reply()).toolText).toBe("0 roots");
    server.notify(CHANGED);
    await until(() => told(wire).includes(CHANGED), "the change was told");
  });

  test("is not asked what nobody waits for any more", async () => {
    let late: Promise<unknown> = Promise.resolve();
    const server = makeServer().tool("leave", {
      handler: (_, ctx) => {
        late = ctx.listRoots().catch((error: Error) => error.message);
        return "left";
      },
    });
    const wire = await open(server);
    expect((await wire.callTool("leave")).toolText).toBe("left");
    await wire.notify(READY);
    if (!wire.overHttp) return;
    expect(await late).toMatch(/^roots\/list cannot be sent: the call has ended/);
    expect((await wire.request("ping")).result).toEqual({});
    expect(asks(wire)).toEqual([]);
    expect(wire.http.handler.load.streams).toBe(0);
  });

  test("can cancel what waits for it", async () => {
    const wire = await open(makeServer());
    const call = wire.startTool("ask", {}, { id: "a" });
    await until(() => told(wire).includes("notifications/message"), "the call runs");
    await wire.notify("notifications/cancelled", { requestId: "a" });
    if (wire.overHttp) expect((await call.reply()).response).toBeUndefined();
    await wire.notify(READY);
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await wire.request("ping")).result).toEqual({});
    expect(asks(wire)).toEqual([]);
  });
});

test.each(httpTransports)(
  "what a handler leaves behind opens no stream when its call has ended, over %s",
  async (transport) => {
    let left: Context | undefined;
    const server = makeServer().tool("leave", {
      handler: (_, ctx) => {
        left = ctx;
        return "left";
      },
    });
    const wire = await openWire(server, { transport, era: REVISION });
    expect((await wire.callTool("leave")).toolText).toBe("left");
    left?.closeStream();
    await left?.log.info("too late");
    await expect(left?.listRoots()).rejects.toThrow("the call has ended");
    expect(wire.http.handler.load.streams).toBe(0);
  },
);
