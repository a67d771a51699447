import { InMemorySessionAdapter, McpServer, type Principal, SessionLimitError } from "slipway";
import { limits } from "slipway/limits";
import { describe, expect, test } from "vitest";
import { silent } from "../protocol-2025-11-25/rich-server.ts";
import { gate, httpTransports, matrix, openWire, until } from "../support/index.ts";

const ADA: Principal = { subject: "ada" };
const BOB: Principal = { subject: "bob" };

function makeServer() {
  const server = new McpServer({ name: "busy", version: "1.0.0", logger: silent });
  const state = { working: 0, release: gate() };
  server.tool("wait", {
    handler: async () => {
      state.working++;
      await state.release.opened;
      state.working--;
      return "done";
    },
  });
  server.tool("plain", { handler: () => "plain" });
  server.tool("listen", {
    handler: async (_args, ctx) => {
      await ctx.progress({ progress: 1 });
      state.working++;
      await state.release.opened;
      return "listened";
    },
  });
  server.tool("ask", { handler: async (_args, ctx) => `${(await ctx.listRoots()).length} roots` });
  return { server, state };
}

describe.each(httpTransports)("over %s", (transport) => {
  test("a principal may have so many calls at work, until one has ended", async () => {
    const { server, state } = makeServer();
    const bounds = limits({ inFlight: { principal: 2 } });
    const wire = await openWire(server, { transport, principal: ADA, limits: bounds });
    const calls = [wire.startTool("wait"), wire.startTool("wait")];
    await until(() => state.working === 2, "both are at work");
    const refused = await wire.callTool("wait");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.error).toMatchObject({ code: 429, data: { limit: "2 calls of yours are at work" } });
    const bob = await wire.connect({ principal: BOB });
    expect((await bob.callTool("plain")).toolText).toBe("plain");
    state.release.open();
    for (const call of calls) expect((await call.reply()).toolText).toBe("done");
    expect((await wire.callTool("wait")).toolText).toBe("done");
  });

  test("a session may have so many calls at work, and others of its principal more", async () => {
    const { server, state } = makeServer();
    const bounds = limits({ inFlight: { session: 1 } });
    const wire = await openWire(server, { transport, era: "2025-11-25", principal: ADA, limits: bounds });
    const call = wire.startTool("wait");
    await until(() => state.working === 1, "it is at work");
    expect((await wire.callTool("wait")).error).toMatchObject({
      code: 429,
      data: { limit: "1 calls of your session are at work" },
    });
    const other = await wire.connect({ era: "2025-11-25", principal: ADA });
    const another = other.startTool("wait");
    await until(() => state.working === 2, "the other is at work");
    state.release.open();
    expect((await call.reply()).toolText).toBe("done");
    expect((await another.reply()).toolText).toBe("done");
  });

  test("beyond what all may have at work is 503", async () => {
    const { server, state } = makeServer();
    const bounds = limits({ inFlight: { total: 1 } });
    const wire = await openWire(server, { transport, principal: ADA, limits: bounds });
    const call = wire.startTool("wait");
    await until(() => state.working === 1, "it is at work");
    const bob = await wire.connect({ principal: BOB });
    const refused = await bob.callTool("wait");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    state.release.open();
    expect((await call.reply()).toolText).toBe("done");
  });

  test("without limits, too, a server has so many requests at work and no more", async () => {
    const { server, state } = makeServer();
    const wire = await openWire(server, { transport, maxCalls: 2 });
    const calls = [wire.startTool("wait"), wire.startTool("wait")];
    await until(() => state.working === 2, "both are at work");
    const refused = await wire.callTool("plain");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.error.message).toContain("2 requests are being served already");
    state.release.open();
    for (const call of calls) expect((await call.reply()).toolText).toBe("done");
    expect((await wire.callTool("plain")).toolText).toBe("plain");
  });

  test("a full server takes the answers that its calls wait for, and cancellations", async () => {
    const { server, state } = makeServer();
    const wire = await openWire(server, { transport, era: "2025-11-25", maxCalls: 2 });
    const asking = wire.startTool("ask");
    const question = await asking.next();
    const waiting = wire.startTool("wait", {}, { id: "w" });
    await until(() => state.working === 1, "it is at work");
    expect((await wire.request("ping")).status).toBe(503);
    expect((await wire.notify("notifications/cancelled", { requestId: "w" })).status).toBe(202);
    expect((await wire.respond(question.id, { roots: [] })).status).toBe(202);
    expect((await asking.reply()).toolText).toBe("0 roots");
    state.release.open();
    await waiting.reply();
  });

  test("a full server refuses a batch of requests", async () => {
    const { server, state } = makeServer();
    const wire = await openWire(server, { transport, era: "2025-03-26", maxCalls: 1 });
    const call = wire.startTool("wait");
    await until(() => state.working === 1, "it is at work");
    const headers = { "mcp-session-id": wire.sessionId ?? "" };
    expect((await wire.send([wire.message("ping")], { headers }).reply()).status).toBe(503);
    state.release.open();
    await call.reply();
  });

  test("a principal may have so many event streams open, and one that closes makes room", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, principal: ADA, maxStreamsPerPrincipal: 2 });
    const streams = [
      await wire.listen({ toolsListChanged: true }),
      await wire.listen({ toolsListChanged: true }),
    ];
    const third = () => wire.start("subscriptions/listen", { notifications: { toolsListChanged: true } });
    const refused = await third().reply();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("5");
    const bob = await wire.connect({ principal: BOB });
    const other = await bob.listen({ toolsListChanged: true });
    streams[0]?.close();
    await until(() => wire.http.handler.load.streams === 2, "the stream has closed");
    const again = await wire.listen({ toolsListChanged: true });
    for (const stream of [other, again, ...streams]) stream.close();
  });

  test("what a call emits is left out where its principal may open no more streams", async () => {
    const { server, state } = makeServer();
    const wire = await openWire(server, { transport, principal: ADA, maxStreamsPerPrincipal: 1 });
    const stream = await wire.listen({ toolsListChanged: true });
    state.release.open();
    const reply = await wire.callTool("listen", {}, { meta: { progressToken: "t" } });
    expect(reply.contentType).toContain("application/json");
    expect(reply.toolText).toBe("listened");
    stream.close();
  });
});

test.each(matrix({ transports: ["stdio"] }))(
  "on stdio the pipe has so many calls at work, in $revision",
  async ({ revision }) => {
    const { server, state } = makeServer();
    const bounds = limits({ inFlight: { principal: 1 } });
    const wire = await openWire(server, { transport: "stdio", era: revision, limits: bounds });
    const call = wire.startTool("wait");
    await until(() => state.working === 1, "it is at work");
    expect((await wire.callTool("wait")).error).toMatchObject({ code: 429, data: { retryAfter: 1 } });
    state.release.open();
    expect((await call.reply()).toolText).toBe("done");
  },
);

test("a stream of HTTP+SSE serves so many requests at once", async () => {
  const { server, state } = makeServer();
  const wire = await openWire(server, {
    transport: "node",
    era: "2024-11-05",
    handshake: false,
    maxCalls: 2,
    httpSse: true,
  });
  const stream = wire.exchange("GET", { path: "/sse", headers: { accept: "text/event-stream" } });
  const path = (await stream.nextEvent())?.data ?? "";
  const headers = { "content-type": "application/json" };
  const post = (message: object) =>
    wire.exchange("POST", { path, headers, body: JSON.stringify(message) }).reply();
  const info = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: wire.clientInfo };
  await post(wire.message("initialize", info));
  await stream.nextEvent();
  for (let i = 0; i < 2; i++) await post(wire.message("tools/call", { name: "wait" }));
  await until(() => state.working === 2, "both are at work");
  await post(wire.message("ping"));
  expect((await stream.nextEvent())?.data).toContain("2 requests are being served already");
  // They are the server's own, too.
  expect(wire.http.handler.load.calls).toBe(2);
  state.release.open();
  stream.close();
});

describe("sessions in memory", () => {
  const meta = (principal?: string) => ({ protocolVersion: "2025-11-25", ...(principal && { principal }) });

  test("are bounded for each principal, and those that end make room", () => {
    let now = 0;
    const sessions = new InMemorySessionAdapter({
      maxSessionsPerPrincipal: 2,
      idleTimeoutMs: 1_000,
      now: () => now,
    });
    for (const id of ["a", "b"]) sessions.create(id, meta("ada"));
    expect(() => sessions.create("c", meta("ada"))).toThrow(SessionLimitError);
    expect(sessions.has("c")).toBe(false);
    sessions.create("d", meta("bob"));
    sessions.delete("a");
    sessions.create("e", meta("ada"));
    expect(() => sessions.create("f", meta("ada"))).toThrow("2 sessions");
    now = 1_000;
    for (const id of ["g", "h"]) sessions.create(id, meta("ada"));
    expect(() => sessions.create("i", meta("ada"))).toThrow(SessionLimitError);
  });

  test("of nobody are not told apart", () => {
    const sessions = new InMemorySessionAdapter({ maxSessionsPerPrincipal: 1 });
    for (const id of ["a", "b"]) sessions.create(id, meta());
    for (const id of ["c", "d"]) sessions.create(id, { ...meta(), principal: "" });
    expect(sessions.size).toBe(4);
  });

  test("over the bound a client is told to come again", async () => {
    const sessionAdapter = new InMemorySessionAdapter({ maxSessionsPerPrincipal: 1 });
    const { server } = makeServer();
    const wire = await openWire(server, {
      transport: "node",
      era: "2025-11-25",
      principal: ADA,
      sessionAdapter,
    });
    const refused = await wire.initialize();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("10");
    const bob = await wire.connect({ era: "2025-11-25", principal: BOB });
    expect(bob.initialized?.status).toBe(200);
  });
});
