import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, legacyRevisions, openWire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

function makeServer() {
  const server = new McpServer({ name: "stateless", version: "1.0.0", logger: silent });
  server.tool("who", {
    handler: (_, ctx) => `${ctx.session?.id ?? "no session"}, ${ctx.client.protocolVersion}`,
  });
  server.tool("report", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      await ctx.log.info("half");
      return "reported";
    },
  });
  server.tool("ask", { handler: async (_, ctx) => `${(await ctx.listRoots()).length}` });
  server.resource("test://a", { handler: () => "a" });
  return server;
}

describe.each(httpTransports)("a server without sessions over %s", (transport) => {
  const open = (era = "2025-11-25") => openWire(makeServer(), { transport, era, sessions: false });

  test.each(legacyRevisions)("serves a client of %s without an id, each request for itself", async (era) => {
    const wire = await open(era);
    expect(wire.initialized?.result.protocolVersion).toBe(era);
    expect(wire.initialized?.headers.get("mcp-session-id")).toBeNull();
    const reply = await wire.callTool("who", {}, { headers: { "mcp-protocol-version": era } });
    expect(reply.toolText).toBe(`no session, ${era}`);
    const never = await wire.connect({ era, handshake: false });
    expect((await never.request("tools/list")).result.tools).toHaveLength(3);
    expect((await never.notify("notifications/initialized")).status).toBe(202);
  });

  test("offers nothing that needs a session", async () => {
    const wire = await open();
    const { capabilities } = wire.initialized?.result ?? {};
    expect(capabilities.tools).toEqual({});
    expect(capabilities.resources).toEqual({});
    expect((await wire.request("resources/subscribe", { uri: "test://a" })).error.code).toBe(-32601);
    expect((await wire.get().reply()).status).toBe(405);
    expect((await wire.delete()).status).toBe(405);
    expect((await wire.respond("x", {})).status).toBe(400);
  });

  test("streams what a call emits, though it cannot be resumed", async () => {
    const wire = await open();
    const reply = await wire.callTool("report", {}, { meta: { progressToken: "t" } });
    expect(reply.contentType).toBe("text/event-stream");
    expect(reply.messages.map(({ method }) => method)).toEqual([
      "notifications/progress",
      "notifications/message",
      undefined,
    ]);
    expect(reply.events.every(({ id, retry }) => id === undefined && retry === undefined)).toBe(true);
  });

  test("says why it cannot ask, at once", async () => {
    const wire = await open();
    const reply = await wire.callTool("ask", {}, { headers: { "mcp-session-id": "made-up" } });
    const said = reply.response?.error?.message ?? reply.toolText;
    expect(said).toMatch(/roots/);
    expect(wire.received.some(({ method }) => method === "roots/list")).toBe(false);
  });

  test("goes on with a call whose client went away", async () => {
    const release = gate();
    const done = gate<boolean>();
    const server = makeServer().tool("long", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await release.opened;
        await ctx.progress({ progress: 2 });
        done.open(ctx.signal.aborted);
      },
    });
    const wire = await openWire(server, { transport, era: "2025-11-25", sessions: false });
    const stream = wire.startTool("long", {}, { meta: { progressToken: 1 } });
    await stream.next();
    stream.close();
    await stream.ended;
    release.open();
    expect(await done.opened).toBe(false);
  });
});
