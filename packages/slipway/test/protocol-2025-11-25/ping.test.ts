import { InMemorySessionAdapter, McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, transports } from "../support/index.ts";

const REVISION = "2025-11-25";

describe.each(transports)("a client's ping over %s", (transport) => {
  test("is answered at once with an empty result, also while a call runs [2025-11-25/ping/answered]", async () => {
    const release = gate();
    const running = gate();
    const server = new McpServer({ name: "ping", version: "1.0.0" }).tool("hang", {
      handler: async () => {
        running.open();
        await release.opened;
        return "hung";
      },
    });
    const wire = await openWire(server, { transport, era: REVISION });
    const call = wire.startTool("hang");
    await running.opened;
    for (const params of [undefined, {}, { _meta: { progressToken: 1 } }]) {
      expect((await wire.request("ping", params)).response).toMatchObject({ jsonrpc: "2.0", result: {} });
    }
    release.open();
    expect((await call.reply()).toolText).toBe("hung");
  });

  test("is answered before the client has said that it is ready [2025-11-25/ping/answered]", async () => {
    const server = new McpServer({ name: "ping", version: "1.0.0" });
    const wire = await openWire(server, { transport, era: REVISION, handshake: false });
    const opened = await wire.initialize();
    wire.sessionId = opened.headers.get("mcp-session-id") ?? undefined;
    expect((await wire.request("ping")).result).toEqual({});
  });
});

test.each(httpTransports)(
  "a ping is answered by every server over the session's store, over %s [2025-11-25/ping/answered]",
  async (transport) => {
    const sessionAdapter = new InMemorySessionAdapter();
    const serve = (handshake: boolean) =>
      openWire(new McpServer({ name: "ping", version: "1.0.0" }), {
        transport,
        era: REVISION,
        handshake,
        sessionAdapter,
      });
    const [first, second] = [await serve(true), await serve(false)];
    second.sessionId = first.sessionId;
    expect((await second.request("ping")).result).toEqual({});
  },
);
