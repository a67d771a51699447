import {
  type ClientRequestAdapter,
  EventsGoneError,
  InMemoryClientRequestAdapter,
  InMemorySessionAdapter,
  McpServer,
  type SessionAdapter,
} from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, until } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

/** No more than the seven methods that an adapter of one's own needs. */
function sevenMethods(): SessionAdapter {
  const inner = new InMemorySessionAdapter();
  return {
    generateSessionId: () => inner.generateSessionId(),
    create: async (id, meta) => inner.create(id, meta),
    has: async (id) => inner.has(id),
    get: async (id) => inner.get(id),
    appendEvent: async (id, streamId, message) => inner.appendEvent(id, streamId, message),
    replay: (id, lastEventId, write) => inner.replay(id, lastEventId, write),
    delete: async (id) => inner.delete(id),
  };
}

/** No more than the three methods that an adapter of one's own needs. */
function threeMethods(): ClientRequestAdapter {
  const inner = new InMemoryClientRequestAdapter();
  return {
    createPending: (sessionId, requestId, options) => ({
      promise: inner.createPending(sessionId, requestId, options).promise,
    }),
    resolvePending: async (sessionId, requestId, response) =>
      inner.resolvePending(sessionId, requestId, response),
    rejectPending: async (sessionId, requestId, reason) => inner.rejectPending(sessionId, requestId, reason),
  };
}

function makeServer() {
  const release = gate();
  const server = new McpServer({ name: "small", version: "1.0.0", logger: silent });
  server.tool("report", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      await ctx.progress({ progress: 2 });
      await release.opened;
      await ctx.log.debug("late");
      return "reported";
    },
  });
  server.tool("ask", { handler: async (_, ctx) => `${(await ctx.listRoots()).length} roots` });
  server.resource("test://a", { handler: () => "a" });
  return { server, release };
}

describe.each(httpTransports)("adapters with nothing but what they need, over %s", (transport) => {
  const open = (server: McpServer) =>
    openWire(server, {
      transport,
      era: REVISION,
      sessionAdapter: sevenMethods(),
      clientRequestAdapter: threeMethods(),
    });

  test("hold sessions, ask clients and tell them of changes", async () => {
    const { server } = makeServer();
    const wire = await open(server);
    expect((await wire.callTool("ask", {}, { answers: { "roots/list": { roots: [] } } })).toolText).toBe(
      "0 roots",
    );
    const listening = await wire.listen({ resourceSubscriptions: ["test://a"] });
    server.notify("notifications/resources/updated", { uri: "test://a" });
    expect((await listening.next()).params.uri).toBe("test://a");
    expect((await wire.delete()).status).toBe(204);
    await listening.ended;
    expect((await wire.request("ping")).status).toBe(404);
  });

  test("keep the log level and the subscriptions of their clients in the process", async () => {
    const { server, release } = makeServer();
    release.open();
    const wire = await open(server);
    expect((await wire.callTool("report")).notifications).toHaveLength(1);
    await wire.request("logging/setLevel", { level: "error" });
    expect((await wire.callTool("report")).notifications).toHaveLength(0);
  });

  test("resume a call that has ended, and one that still runs, by one more request", async () => {
    const { server, release } = makeServer();
    const wire = await open(server);
    const stream = wire.startTool("report", {}, { meta: { progressToken: 1 } });
    await stream.messages.at(0);
    const [first] = stream.events.items.filter(({ data }) => data !== "");
    stream.close();
    const seen: unknown[] = [];
    let last = first?.id ?? "";
    const resume = async () => {
      const reply = await wire.resume(last).reply();
      expect(reply.status).toBe(200);
      seen.push(
        ...reply.messages.map(
          ({ params, result }) => params?.progress ?? params?.data ?? result?.content[0].text,
        ),
      );
      last = reply.events.findLast(({ id }) => id !== undefined)?.id ?? last;
    };
    const running = resume();
    release.open();
    await running;
    await until(() => wire.http.handler.load.calls === 0, "the call has ended");
    while (!seen.includes("reported")) await resume();
    expect(seen).toEqual([2, "late", "reported"]);
  });

  test("a stream begins with its first message, which has an id", async () => {
    const { server, release } = makeServer();
    release.open();
    const wire = await open(server);
    const { events } = await wire.callTool("report", {}, { meta: { progressToken: 1 } });
    expect(events).toHaveLength(4);
    expect(events.every(({ id, data }) => id !== undefined && data !== "")).toBe(true);
  });
});

describe.each(httpTransports)("an adapter that fails, over %s", (transport) => {
  const failing = (methods: Partial<SessionAdapter>): SessionAdapter => ({ ...sevenMethods(), ...methods });
  const down = () => Promise.reject(new Error("secret: the store is down"));

  test("costs events their ids and not their delivery", async () => {
    const { server, release } = makeServer();
    release.open();
    const sessionAdapter = failing({ appendEvent: down, openStream: down, closeStream: down });
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    const reply = await wire.callTool("report", {}, { meta: { progressToken: 1 } });
    expect(reply.toolText).toBe("reported");
    expect(reply.messages).toHaveLength(4);
    expect(reply.events.every(({ id }) => id === undefined)).toBe(true);
  });

  test("is not blamed on the client, and not told to it", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter: failing({ get: down }) });
    for (const reply of [await wire.request("ping"), await wire.get().reply(), await wire.delete()]) {
      expect(reply.status).toBeGreaterThanOrEqual(500);
      expect(reply.text).not.toContain("secret");
    }
  });

  test("refuses to resume where its replay breaks off", async () => {
    const { server, release } = makeServer();
    release.open();
    let breaks: () => Promise<void> = async () => {
      throw new EventsGoneError("gone");
    };
    const sessionAdapter = failing({ replay: () => breaks() });
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    expect((await wire.resume("g_1").reply()).status).toBe(410);
    breaks = down;
    expect((await wire.resume("g_1").reply()).status).toBeGreaterThanOrEqual(500);
  });
});

test.each(httpTransports)(
  "an adapter that cannot give up a question ends neither the process nor the session, over %s",
  async (transport) => {
    const inner = threeMethods();
    const asked = gate();
    const clientRequestAdapter: ClientRequestAdapter = {
      ...inner,
      createPending: (...question) => {
        const { promise } = inner.createPending(...question);
        // As a promise of one's own, which nobody has looked at.
        return { promise: promise.then((answer) => answer) };
      },
      rejectPending: () => Promise.reject(new Error("the store is down")),
    };
    const server = new McpServer({ name: "small", version: "1.0.0", logger: silent }).tool("ask", {
      handler: async (_, ctx) => {
        const answer = ctx.listRoots({ timeoutMs: 500 });
        asked.open();
        return `${(await answer).length}`;
      },
    });
    const wire = await openWire(server, { transport, era: REVISION, clientRequestAdapter });
    const stream = wire.startTool("ask", {}, { id: "a" });
    await asked.opened;
    await wire.notify("notifications/cancelled", { requestId: "a" });
    expect((await stream.reply()).response).toBeUndefined();
    expect((await wire.request("ping")).result).toEqual({});
  },
);
