import { InMemorySessionAdapter, McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, until, type Wire } from "../support/index.ts";
import { postSlowly } from "./slow-reader.ts";

const REVISION = "2025-11-25";
const COUNT = 40;
// More of them than the buffers of the operating system hold.
const PAD = "x".repeat(1_000_000);

/** A server whose tool reports much, once it is told to, and says how far it has come. */
function makeServer(waits: boolean) {
  const go = gate();
  const state = { reported: 0, go: go.open };
  const server = new McpServer({ name: "much", version: "1.0.0" }).tool("much", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 0 });
      await go.opened;
      for (let progress = 1; progress <= COUNT; progress++) {
        state.reported = progress;
        const sent = ctx.progress({ progress, message: PAD });
        if (waits) await sent;
      }
      return "all";
    },
  });
  return { server, state };
}

const call = (wire: Wire) => wire.message("tools/call", { name: "much" }, { meta: { progressToken: 1 } });
const from = (first: number) => [...Array.from({ length: COUNT - first + 1 }, (_, i) => first + i), "all"];

describe.each(httpTransports)("a slow reader over %s", (transport) => {
  const open = (server: McpServer) => {
    const sessionAdapter = new InMemorySessionAdapter({ maxSessionBytes: Number.POSITIVE_INFINITY });
    return openWire(server, { transport, era: REVISION, maxBufferedBytes: 1_000_000, sessionAdapter });
  };

  test("is cut off at the bound, and goes on from there when it comes back", async () => {
    const { server, state } = makeServer(false);
    const wire = await open(server);
    const reader = await postSlowly(wire, call(wire));
    state.go();
    await until(() => wire.http.handler.load.calls === 0, "the call has ended");
    expect(wire.http.handler.load.streams).toBe(0);
    expect(await reader.rest()).toBe(true);
    const seen = reader.said.length;
    expect(seen).toBeLessThan(COUNT);
    const resumed = wire.resume(reader.lastEventId);
    await resumed.ended;
    expect(resumed.cut).toBe(false);
    const said = resumed.messages.items.map(
      ({ params, result }) => params?.progress ?? result?.content[0].text,
    );
    expect([...reader.said, ...said]).toEqual(from(0));
  });

  test("is not cut off by a handler that waits for it", async () => {
    const { server, state } = makeServer(true);
    const wire = await open(server);
    const reader = await postSlowly(wire, call(wire));
    state.go();
    await until(() => state.reported > 0, "the handler goes on");
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(state.reported).toBeLessThan(COUNT);
    expect(await reader.rest()).toBe(false);
    expect(reader.said).toEqual(from(0));
  });
});
