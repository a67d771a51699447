import { InMemorySessionAdapter, McpServer, type SessionAdapter } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, type Stream, until, type Wire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const updated = "notifications/resources/updated";

/** A server whose tool reports as many times as it is told to, when it is told to. */
function makeServer() {
  const server = new McpServer({ name: "resumption", version: "1.0.0", logger: silent });
  const steps = new Map<string, ReturnType<typeof gate<number>>>();
  server.tool("report", {
    inputSchema: {
      type: "object",
      properties: { name: { type: "string" }, first: { type: "integer" }, pad: { type: "integer" } },
      required: ["name", "first"],
    } as const,
    handler: async ({ name, first, pad = 0 }, ctx) => {
      const more = gate<number>();
      steps.set(name, more);
      const report = async (from: number, to: number) => {
        for (let progress = from; progress <= to; progress++) {
          await ctx.progress({ progress, message: `${name}${".".repeat(pad)}` });
        }
      };
      await report(1, first);
      await report(first + 1, await more.opened);
      return `${name} done`;
    },
  });
  server.resource("test://a", { handler: () => "a" });
  const goOn = async (name: string, last: number) => {
    await until(() => steps.has(name), `the call ${name} runs`);
    steps.get(name)?.open(last);
  };
  return { server, goOn };
}

const start = (wire: Wire, name: string, first: number, pad = 0) =>
  wire.startTool("report", { name, first, pad }, { meta: { progressToken: name } });

/** What a stream brought: the progress of a call, or its result. */
const brought = (stream: Stream) =>
  stream.messages.items.map(({ params, result }) => params?.progress ?? result?.content[0].text);

/** Waits for as many messages, and gives the id of the last one's event. */
async function take(stream: Stream, count: number): Promise<string> {
  await stream.messages.at(count - 1);
  return stream.events.items.filter(({ data }) => data !== "")[count - 1]?.id ?? "";
}

/** An adapter whose replays wait, once they have read the log, until they are let go. */
function holdingReplays() {
  const adapter = new InMemorySessionAdapter();
  const reading = gate();
  const letGo = gate();
  const replay: SessionAdapter["replay"] = async (id, lastEventId, write) => {
    await adapter.replay(id, lastEventId, write);
    reading.open();
    await letGo.opened;
  };
  const sessionAdapter = new Proxy(adapter, {
    get: (target, name) => {
      if (name === "replay") return replay;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { sessionAdapter, reading, letGo };
}

describe.each(httpTransports)("resumption over %s", (transport) => {
  test("each interrupted stream goes on where it was, with its own events only [2025-11-25/http/replays-own-stream-only] [2025-11-25/http/event-id-names-stream]", async () => {
    const { server, goOn } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const names = ["a", "b", "c"];
    const lasts: string[] = [];
    for (const name of names) {
      const stream = start(wire, name, 3);
      lasts.push(await take(stream, 2));
      stream.close();
    }
    for (const name of names) await goOn(name, 5);
    for (const [i, name] of names.entries()) {
      const resumed = wire.resume(lasts[i] ?? "");
      await resumed.reply();
      expect(brought(resumed)).toEqual([3, 4, 5, `${name} done`]);
    }
  });

  test("every event has an id that no other stream of the session has [2025-11-25/http/event-id-unique]", async () => {
    const { server, goOn } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    await wire.request("resources/subscribe", { uri: "test://a" });
    const listening = [wire.get(), wire.get()];
    await Promise.all(listening.map((stream) => stream.head));
    const calls = Array.from({ length: 20 }, (_, i) => start(wire, `${i}`, 3));
    for (const [i, call] of calls.entries()) {
      await take(call, 3);
      await goOn(`${i}`, 4);
      server.notify(updated, { uri: "test://a" });
      await call.ended;
    }
    await until(() => wire.received.filter(({ method }) => method === updated).length === 20, "all was told");
    const events = [...calls, ...listening].flatMap((stream) => stream.events.items);
    expect(events.length).toBe(20 * 6 + 20 + 2);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test("a stream can be resumed while its call still runs, and goes on as it comes", async () => {
    const { server, goOn } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const stream = start(wire, "a", 3);
    const last = await take(stream, 1);
    stream.close();
    const resumed = wire.resume(last);
    await take(resumed, 2);
    expect(brought(resumed)).toEqual([2, 3]);
    await goOn("a", 4);
    await resumed.ended;
    expect(brought(resumed)).toEqual([2, 3, 4, "a done"]);
  });

  test("a stream that is resumed twice at once goes on on the later connection", async () => {
    const { sessionAdapter, reading, letGo } = holdingReplays();
    const { server, goOn } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    const stream = start(wire, "a", 2);
    const last = await take(stream, 2);
    const first = wire.resume(last);
    await reading.opened;
    const second = wire.resume(last);
    await stream.ended;
    letGo.open();
    await Promise.all([first.head, second.head]);
    await first.ended;
    await goOn("a", 3);
    await second.ended;
    expect(brought(first)).toEqual([]);
    expect(brought(second)).toEqual([3, "a done"]);
  });

  test("what is emitted while a client is given what it missed comes after it, once", async () => {
    const { sessionAdapter, reading, letGo } = holdingReplays();
    const { server, goOn } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    const stream = start(wire, "a", 4);
    await take(stream, 4);
    const last = stream.events.items[2]?.id ?? "";
    stream.close();
    const resumed = wire.resume(last);
    await reading.opened;
    await goOn("a", 7);
    await until(() => wire.http.handler.load.calls === 0, "the call has ended");
    letGo.open();
    await resumed.ended;
    expect(brought(resumed)).toEqual([3, 4, 5, 6, 7, "a done"]);
    expect(resumed.cut).toBe(false);
  });

  test("where events were trimmed, resumption is refused, and nothing is left out in silence", async () => {
    const { server, goOn } = makeServer();
    const sessionAdapter = new InMemorySessionAdapter({ maxEventBufferSize: 3 });
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    const stream = start(wire, "a", 2);
    const last = await take(stream, 1);
    stream.close();
    await goOn("a", 9);
    await until(() => wire.http.handler.load.calls === 0, "the call has ended");
    const refused = await wire.resume(last).reply();
    expect(refused.status).toBe(410);
    expect(refused.error.message).toMatch(/no longer held/);
    expect((await wire.request("ping")).result).toEqual({});
  });

  test("ids of events that this session never had are refused [2025-11-25/http/replays-own-stream-only]", async () => {
    const { server, goOn } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const other = await wire.connect({ era: REVISION });
    const theirs = start(other, "theirs", 2);
    const foreign = await take(theirs, 1);
    const listening = other.get();
    const { id: foreignListening = "" } = await listening.nextEvent();
    const beyond = foreign.replace(/\d+$/, "99");
    for (const id of [foreign, foreignListening, "nonsense", "g_1", "p1_0", "ü", "0"]) {
      const reply = await wire.resume(id).reply();
      expect(reply.status, id).toBe(410);
      expect(reply.messages.every(({ error }) => error !== undefined)).toBe(true);
    }
    expect((await other.resume(beyond).reply()).status).toBe(410);
    // Nothing of it has disturbed the session that they belong to.
    await goOn("theirs", 3);
    server.notify("notifications/tools/list_changed");
    expect((await listening.next()).method).toBe("notifications/tools/list_changed");
    const whole = other.resume(theirs.events.items[0]?.id ?? "");
    await whole.ended;
    expect(brought(whole)).toEqual([1, 2, 3, "theirs done"]);
  });

  test("an empty Last-Event-ID opens a fresh stream", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION });
    const stream = wire.resume("");
    expect((await stream.nextEvent()).data).toBe("");
    server.notify("notifications/tools/list_changed");
    expect((await stream.next()).method).toBe("notifications/tools/list_changed");
  });

  test("a session that ends while one of its streams is resumed is not found", async () => {
    const { sessionAdapter, reading, letGo } = holdingReplays();
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, sessionAdapter });
    const listening = wire.get();
    const { id = "" } = await listening.nextEvent();
    const resumed = wire.resume(id);
    await reading.opened;
    expect((await wire.delete()).status).toBe(204);
    letGo.open();
    expect((await resumed.reply()).status).toBe(404);
    expect(wire.http.handler.load).toMatchObject({ streams: 0, calls: 0 });
  });

  test("a message that is larger than the bound reaches a client that reads, also when it resumes", async () => {
    const text = "x".repeat(300_000);
    const release = gate();
    const server = new McpServer({ name: "large", version: "1.0.0" }).tool("large", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await release.opened;
        return text;
      },
    });
    const wire = await openWire(server, { transport, era: REVISION, maxBufferedBytes: 1_000 });
    const stream = wire.startTool("large", {}, { meta: { progressToken: 1 } });
    const { id = "" } = await stream.nextEvent();
    release.open();
    expect((await stream.reply()).toolText).toBe(text);
    const again = await wire.resume(id).reply();
    expect(again.cut).toBe(false);
    expect(again.messages.at(-1)?.result.content[0].text).toBe(text);
  });
});
