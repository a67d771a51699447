import { InMemorySessionAdapter, McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, until, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const ada: Principal = { subject: "ada", tenant: "one" };

function makeServer() {
  const server = new McpServer({ name: "sessions", version: "1.0.0", logger: silent });
  const ran: unknown[] = [];
  server.tool("who", {
    handler: (_, ctx) => `${ran.push(ctx.session?.id)} ${ctx.auth?.subject ?? "nobody"}`,
  });
  return { server, ran };
}

/** Everything that a client can send to a session, with the status of the answer. */
async function tryAll(wire: Wire): Promise<{ [what: string]: number }> {
  const statuses = {
    request: (await wire.callTool("who")).status,
    ping: (await wire.request("ping")).status,
    notification: (await wire.notify("notifications/initialized")).status,
    response: (await wire.respond("x", {})).status,
    get: (await statusOf(wire)).status,
    resume: (await wire.resume("g_1").reply()).status,
    delete: (await wire.delete()).status,
  };
  return statuses;
}

async function statusOf(wire: Wire) {
  const stream = wire.get();
  const head = await stream.head;
  stream.close();
  return head;
}

const all = (status: number) => ({
  request: status,
  ping: status,
  notification: status,
  response: status,
  get: status,
  resume: status,
  delete: status,
});

describe.each(httpTransports)("sessions over %s", (transport) => {
  test("a session's id is new, unguessable and visible ASCII [2025-11-25/http/session-id-secure] [2025-11-25/http/session-id-visible-ascii]", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const headers = { "mcp-session-id": "chosen-by-the-client" };
    const ids = new Set([wire.sessionId]);
    for (let i = 0; i < 200; i++) {
      ids.add((await wire.initialize({ headers })).headers.get("mcp-session-id") ?? "");
    }
    expect(ids.size).toBe(201);
    expect(ids).not.toContain("chosen-by-the-client");
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{32,}$/);
  });

  test.each(["a b", "ü", "", "a\u0000", "a\u007f"])(
    "the id %j of an adapter opens no session [2025-11-25/http/session-id-visible-ascii]",
    async (id) => {
      const sessionAdapter = new InMemorySessionAdapter({ generateSessionId: () => id });
      const wire = await openWire(makeServer().server, { transport, era: REVISION, sessionAdapter });
      expect(wire.initialized?.status).toBe(500);
      expect(wire.initialized?.error.code).toBe(-32603);
      expect(wire.sessionId).toBeUndefined();
      expect(sessionAdapter.size).toBe(0);
    },
  );

  test("only initialize goes without a session [2025-11-25/http/session-id-missing-400]", async () => {
    const { server, ran } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    wire.sessionId = undefined;
    expect(await tryAll(wire)).toEqual(all(400));
    expect((await wire.callTool("who")).error.message).toMatch(/Mcp-Session-Id/);
    expect(ran).toEqual([]);
  });

  test("a session that was never opened, was deleted, or has expired is not found [2025-11-25/http/terminated-session-404]", async () => {
    let now = 0;
    const sessionAdapter = new InMemorySessionAdapter({ idleTimeoutMs: 1_000, now: () => now });
    const { server, ran } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    const deleted = await wire.connect({ era: REVISION });
    expect((await deleted.delete()).status).toBe(204);
    expect(await tryAll(deleted)).toEqual(all(404));
    now = 999;
    expect((await wire.request("ping")).status).toBe(200);
    now = 1_998;
    expect((await wire.request("ping")).status).toBe(200);
    now = 2_998;
    expect(await tryAll(wire)).toEqual(all(404));
    for (const id of ["unknown", "", "__proto__", crypto.randomUUID()]) {
      wire.sessionId = id;
      expect((await wire.callTool("who")).status, id).toBe(404);
    }
    expect(ran).toEqual([]);
  });

  test("a session exists for the principal that opened it, and for nobody else [2025-11-25/http/terminated-session-404]", async () => {
    const { server, ran } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, principal: ada });
    expect((await wire.callTool("who")).toolText).toBe("1 ada");
    const listening = wire.get();
    const { id = "" } = await listening.nextEvent();
    const strangers: Partial<Principal>[] = [
      { subject: "bob", tenant: "one" },
      { subject: "ada", tenant: "two" },
      { subject: "ada" },
      { subject: "" },
    ];
    for (const principal of strangers) {
      const stranger = await wire.connect({
        era: REVISION,
        handshake: false,
        principal: principal as Principal,
      });
      stranger.sessionId = wire.sessionId;
      expect(await tryAll(stranger)).toEqual(all(404));
      expect((await stranger.resume(id).reply()).status).toBe(404);
    }
    const nobody = await wire.connect({ era: REVISION, handshake: false });
    nobody.sessionId = wire.sessionId;
    expect(await tryAll(nobody)).toEqual(all(404));
    expect(ran).toHaveLength(1);
    // Other tokens of the same person do not make another person.
    const again = await wire.connect({
      era: REVISION,
      handshake: false,
      principal: { ...ada, scopes: ["x"] },
    });
    again.sessionId = wire.sessionId;
    expect((await again.callTool("who")).toolText).toBe("2 ada");
    server.notify("notifications/tools/list_changed");
    expect((await listening.next()).method).toBe("notifications/tools/list_changed");
  });

  test("a session that nobody opened by name is not found for somebody [2025-11-25/http/terminated-session-404]", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, principal: undefined });
    expect((await wire.callTool("who")).toolText).toBe("1 nobody");
    const somebody = await wire.connect({ era: REVISION, handshake: false, principal: ada });
    somebody.sessionId = wire.sessionId;
    expect(await tryAll(somebody)).toEqual(all(404));
  });

  test("DELETE ends the session with its streams and calls [2025-11-25/http/delete-ends-session]", async () => {
    const { server } = makeServer();
    const aborted: unknown[] = [];
    const release = gate();
    server.tool("hang", {
      handler: async (_, ctx) => {
        ctx.signal.addEventListener("abort", () => aborted.push(ctx.signal.reason));
        await ctx.progress({ progress: 1 });
        await (aborted.length > 0 ? undefined : release.opened);
        await ctx.progress({ progress: 2 });
        return "hung";
      },
    });
    const wire = await openWire(server, { transport, era: REVISION });
    const other = await wire.connect({ era: REVISION });
    const listening = wire.get();
    await listening.nextEvent();
    const streaming = wire.startTool("hang", {}, { meta: { progressToken: 1 } });
    await streaming.next();
    const plain = wire.startTool("hang");
    await until(() => wire.http.handler.load.calls === 2, "both calls run");
    const ended = await wire.delete();
    expect(ended).toMatchObject({ status: 204, text: "" });
    expect((await listening.reply()).cut).toBe(false);
    expect((await streaming.reply()).messages.map(({ params }) => params?.progress)).toEqual([1]);
    release.open();
    expect((await plain.reply()).messages).toEqual([]);
    expect(aborted.map(String)).toEqual(["Error: The session ended.", "Error: The session ended."]);
    expect(wire.http.handler.load).toMatchObject({ streams: 0, calls: 0 });
    expect((await wire.request("ping")).status).toBe(404);
    expect((await other.request("ping")).status).toBe(200);
  });

  test("a server that keeps no sessions has none to end [2025-11-25/http/delete-ends-session]", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION, sessions: false });
    const reply = await wire.delete();
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe("POST");
  });

  test("a client can only answer what its own session was asked", async () => {
    const { server } = makeServer();
    server.tool("roots", { handler: async (_, ctx) => (await ctx.listRoots()).map(({ uri }) => uri).join() });
    const wire = await openWire(server, { transport, era: REVISION });
    const other = await wire.connect({ era: REVISION });
    const stream = wire.startTool("roots");
    const { id } = await stream.nextOf("roots/list");
    await other.respond(id, { roots: [{ uri: "file:///theirs" }] });
    await wire.respond(id, { roots: [{ uri: "file:///ours" }] });
    await wire.respond(id, { roots: [{ uri: "file:///late" }] });
    expect((await stream.reply()).toolText).toBe("file:///ours");
  });

  test("more sessions than the adapter holds are refused for a while", async () => {
    const sessionAdapter = new InMemorySessionAdapter({ maxSessions: 2 });
    const wire = await openWire(makeServer().server, { transport, era: REVISION, sessionAdapter });
    const second = await wire.connect({ era: REVISION });
    const refused = await wire.initialize();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.error.message).toMatch(/sessions/);
    expect((await wire.callTool("who")).status).toBe(200);
    await second.delete();
    expect((await wire.initialize()).status).toBe(200);
  });
});

test("10,000 ids of sessions are different, and as random as a UUID [2025-11-25/http/session-id-secure]", () => {
  const adapter = new InMemorySessionAdapter();
  const ids = Array.from({ length: 10_000 }, () => adapter.generateSessionId());
  expect(new Set(ids).size).toBe(10_000);
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const id of ids) expect(id).toMatch(uuid);
});
