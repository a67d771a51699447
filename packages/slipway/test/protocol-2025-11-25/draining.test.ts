import { InMemorySessionAdapter, McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, type Stream, until, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const TOKEN = { meta: { progressToken: "t" } };

function makeServer() {
  const release = gate();
  const server = new McpServer({ name: "draining", version: "1.0.0", logger: silent });
  server.tool("long", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      await release.opened;
      await ctx.progress({ progress: 2 });
      return ctx.signal.aborted ? "aborted" : "long done";
    },
  });
  server.resource("test://a", { handler: () => "a" });
  return { server, release };
}

const lastId = (stream: Stream) => stream.events.items.findLast(({ id }) => id !== undefined)?.id ?? "";

/** Two servers over one store, and a client that has a session on both. */
async function openTwo(transport: "node" | "fetch") {
  const sessionAdapter = new InMemorySessionAdapter();
  const [one, two] = [makeServer(), makeServer()];
  const options = { transport, era: REVISION, sessionAdapter, retryMs: 321 } as const;
  const first = await openWire(one.server, options);
  const second = await openWire(two.server, { ...options, handshake: false });
  second.sessionId = first.sessionId;
  return { one, two, first, second };
}

/** Ends a server as `serve` does, while its connections live on. */
const drain = (wire: Wire, graceMs: number) => wire.http.handler.close(graceMs);

describe.each(httpTransports)("a server that closes, over %s", (transport) => {
  test("tells those who listen when to come back, and they go on elsewhere [2025-11-25/http/get-retry-before-closing]", async () => {
    const { two, first, second } = await openTwo(transport);
    const listening = first.get();
    await listening.nextEvent();
    await drain(first, 0);
    const reply = await listening.reply();
    expect(reply.cut).toBe(false);
    expect(reply.events.at(-1)).toMatchObject({ retry: 321 });
    const back = second.resume(lastId(listening));
    await back.head;
    two.server.notify("notifications/tools/list_changed");
    expect((await back.next()).method).toBe("notifications/tools/list_changed");
  });

  test("lets calls finish within the grace period", async () => {
    const { one, first } = await openTwo(transport);
    const streaming = first.startTool("long", {}, TOKEN);
    await streaming.next();
    const plain = first.startTool("long");
    await until(() => first.http.handler.load.calls === 2, "both calls run");
    const closed = drain(first, 5_000);
    one.release.open();
    expect(await streaming.reply()).toMatchObject({ cut: false, toolText: "long done" });
    expect((await plain.reply()).toolText).toBe("long done");
    await closed;
    expect(first.http.handler.load).toMatchObject({ streams: 0, calls: 0 });
  });

  test("stops calls that have not finished after it", async () => {
    const { one, first } = await openTwo(transport);
    const seen = gate<unknown>();
    one.server.tool("stubborn", {
      handler: async (_, ctx) => {
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        seen.open(ctx.signal.reason);
      },
    });
    const call = first.startTool("stubborn");
    await until(() => first.http.handler.load.calls === 1, "the call runs");
    await drain(first, 20);
    expect(String(await seen.opened)).toMatch(/shutting down/);
    const { response } = await call.reply();
    expect(response).toMatchObject({ error: { code: -32603, message: expect.stringMatching(/is gone/) } });
  });
});

describe.each(httpTransports)("two servers over one store, over %s", (transport) => {
  test("serve the same sessions, by their negotiated version [2025-11-25/http/terminated-session-404]", async () => {
    const { first, second } = await openTwo(transport);
    expect((await second.request("resources/read", { uri: "test://a" })).result.contents[0].text).toBe("a");
    expect((await first.delete()).status).toBe(204);
    expect((await second.request("ping")).status).toBe(404);
    expect((await second.get().reply()).status).toBe(404);
    expect((await second.delete()).status).toBe(404);
  });

  test("find a stream by nothing but the id of one of its events [2025-11-25/http/event-id-names-stream]", async () => {
    const { one, first, second } = await openTwo(transport);
    one.release.open();
    const streams = [
      first.startTool("long", {}, TOKEN),
      first.startTool("long", {}, { meta: { progressToken: "u" } }),
    ];
    for (const [i, stream] of streams.entries()) {
      const reply = await stream.reply();
      const again = await second.resume(reply.events[1]?.id ?? "").reply();
      expect(again.messages).toEqual(reply.messages.slice(1));
      expect(again.messages[0]?.params.progressToken).toBe(i === 0 ? "t" : "u");
    }
  });

  test("give no two events of a session the same id [2025-11-25/http/event-id-unique]", async () => {
    const { one, two, first, second } = await openTwo(transport);
    one.release.open();
    two.release.open();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? first : second).callTool("long", {}, TOKEN)),
    );
    const ids = replies.flatMap(({ events }) => events.map(({ id }) => id));
    expect(ids).toHaveLength(80);
    expect(new Set(ids).size).toBe(80);
  });

  test("tell each message of a session once, though it listens on both [2025-11-25/http/one-stream-per-message]", async () => {
    const { one, two, first, second } = await openTwo(transport);
    await first.request("resources/subscribe", { uri: "test://a" });
    const streams = [first.get(), second.get()];
    await Promise.all(streams.map((stream) => stream.nextEvent()));
    for (let i = 0; i < 100; i++) {
      const { server } = i % 2 === 0 ? one : two;
      server.notify("notifications/resources/updated", { uri: "test://a" });
    }
    const told = () => streams.map(({ messages }) => messages.items.length);
    await until(() => told().reduce((sum, count) => sum + count, 0) === 100, "all was told");
    expect(told()).toEqual([50, 50]);
  });
});
