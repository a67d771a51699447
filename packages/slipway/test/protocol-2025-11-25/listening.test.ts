import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, isResponse, openWire, until } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const CHANGED = "notifications/tools/list_changed";

function makeServer() {
  const server = new McpServer({ name: "listening", version: "1.0.0", logger: silent });
  server.tool("plain", { handler: () => "plain" });
  server.resource("test://a", { handler: () => "a" });
  return server;
}

const updated = "notifications/resources/updated";

describe.each(httpTransports)("GET over %s", (transport) => {
  const open = (server = makeServer()) => openWire(server, { transport, era: REVISION });

  test("the path that takes POST serves event streams by GET [2025-11-25/http/single-endpoint] [2025-11-25/http/get-stream-or-405]", async () => {
    const wire = await open();
    expect(wire.initialized?.status).toBe(200);
    const stream = wire.get();
    const { status, headers } = await stream.head;
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(await stream.nextEvent()).toMatchObject({ id: expect.stringMatching(/./), data: "" });
  });

  test("a server without sessions has no stream to offer, and says so with 405 [2025-11-25/http/get-stream-or-405]", async () => {
    const wire = await openWire(makeServer(), { transport, era: REVISION, sessions: false });
    const reply = await wire.get().reply();
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe("POST");
  });

  test("a GET that does not take event streams is refused", async () => {
    const wire = await open();
    for (const accept of ["application/json", "text/html", null]) {
      expect((await wire.get({ headers: { accept } }).reply()).status).toBe(406);
    }
    for (const accept of ["text/event-stream", "text/*", "*/*", "TEXT/Event-Stream;q=0.5"]) {
      const stream = wire.get({ headers: { accept } });
      expect((await stream.head).status, accept).toBe(200);
      stream.close();
    }
  });

  test("what belongs to a call is not told on a GET stream, and a change is [2025-11-25/http/get-messages-unrelated]", async () => {
    const server = makeServer().tool("busy", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await ctx.log.info("busy");
        await ctx.listRoots();
        return "done";
      },
    });
    const wire = await open(server);
    const listening = await wire.listen({ toolsListChanged: true });
    const reply = await wire.callTool(
      "busy",
      {},
      {
        meta: { progressToken: "t" },
        answers: { "roots/list": { roots: [] } },
      },
    );
    expect(reply.messages).toHaveLength(4);
    server.notify(CHANGED);
    expect((await listening.next()).method).toBe(CHANGED);
    expect(listening.messages.items).toHaveLength(1);
  });

  test("a response comes on no GET stream but one that resumes its request's [2025-11-25/http/get-no-responses]", async () => {
    const release = gate();
    const ran = gate();
    const server = makeServer().tool("long", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await release.opened;
        ran.open();
        return "long done";
      },
    });
    const wire = await open(server);
    const call = wire.startTool("long", {}, { meta: { progressToken: "t" } });
    const { id } = await call.nextEvent();
    call.close();
    const fresh = wire.get();
    await fresh.head;
    release.open();
    await ran.opened;
    const resumed = await wire.resume(id ?? "").reply();
    expect(resumed.messages.filter(isResponse)).toHaveLength(1);
    server.notify(CHANGED);
    expect((await fresh.next()).method).toBe(CHANGED);
    expect(wire.received.filter(({ result }) => result?.content !== undefined)).toHaveLength(1);
  });

  test("each message goes to one stream only [2025-11-25/http/one-stream-per-message]", async () => {
    const release = gate();
    const server = makeServer().tool("long", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await release.opened;
      },
    });
    const wire = await open(server);
    await wire.request("resources/subscribe", { uri: "test://a" });
    const call = wire.startTool("long", {}, { meta: { progressToken: "t" } });
    await call.next();
    const [first, second] = [wire.get(), wire.get()];
    await Promise.all([first.nextEvent(), second.nextEvent()]);
    const told = () => wire.received.filter(({ method }) => method === updated).length;
    for (let i = 0; i < 50; i++) server.notify(updated, { uri: "test://a" });
    await until(() => told() === 50, "50 messages had come");
    second.close();
    await second.ended;
    for (let i = 0; i < 50; i++) server.notify(updated, { uri: "test://a" });
    const back = wire.resume(second.events.items.at(-1)?.id ?? "");
    await until(() => told() === 100, "the other 50 had come, those too that the client had missed");
    server.notify(CHANGED);
    await until(() => wire.received.some(({ method }) => method === CHANGED), "the last message had come");
    release.open();
    await call.ended;
    expect(told()).toBe(100);
    expect(call.messages.items.map(({ method }) => method)).toEqual(["notifications/progress", undefined]);
    const events = [first, second, back].flatMap((stream) => stream.events.items);
    const ids = events.filter(({ data }) => data !== "").map(({ id }) => id);
    expect(ids).toHaveLength(101);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a stream that lost its connection takes what comes meanwhile, and gives it when the client is back", async () => {
    const server = makeServer();
    const wire = await open(server);
    await wire.request("resources/subscribe", { uri: "test://a" });
    const stream = wire.get();
    const { id } = await stream.nextEvent();
    stream.close();
    await until(() => wire.http.handler.load.streams === 0, "the server saw the client leave");
    server.notify(updated, { uri: "test://a" });
    server.notify(CHANGED);
    const back = wire.resume(id ?? "");
    expect((await back.next()).method).toBe(updated);
    expect((await back.next()).method).toBe(CHANGED);
    server.notify(updated, { uri: "test://a" });
    expect((await back.next()).method).toBe(updated);
  });

  test("a client that does not listen, or to a session that does not subscribe, is told nothing", async () => {
    const server = makeServer();
    const wire = await open(server);
    const other = await wire.connect({ era: REVISION });
    await wire.request("resources/subscribe", { uri: "test://a" });
    const listening = await other.listen({});
    server.notify(updated, { uri: "test://a" });
    server.notify(CHANGED);
    expect((await listening.next()).method).toBe(CHANGED);
    expect(wire.received.filter(({ method }) => method === updated)).toEqual([]);
  });
});

test("a served endpoint is one path, and there is nothing at others [2025-11-25/http/single-endpoint]", async () => {
  const wire = await openWire(makeServer(), { transport: "node", era: REVISION });
  for (const path of ["/", "/mcp/", "/mcp/x", "/other"]) {
    for (const method of ["GET", "POST", "DELETE"]) {
      const { status } = await wire
        .exchange(method, { path, body: method === "POST" ? "{}" : undefined })
        .reply();
      expect(status, `${method} ${path}`).toBe(404);
    }
  }
  expect((await wire.request("ping", {}, { path: "/mcp?with=query" })).result).toEqual({});
});
