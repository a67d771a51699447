import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, isResponse, openWire } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";
const TOKEN = { meta: { progressToken: "t" } };

function makeServer() {
  const server = new McpServer({ name: "post", version: "1.0.0", logger: silent });
  server.tool("plain", { handler: () => "plain" });
  server.tool("fails", {
    handler: () => {
      throw new Error("secret");
    },
  });
  server.tool("reports", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      await ctx.progress({ progress: 2 });
      return "reported";
    },
  });
  server.tool("asks", { handler: async (_, ctx) => `${(await ctx.listRoots()).length} roots` });
  return server;
}

describe.each(httpTransports)("POST over %s", (transport) => {
  const open = (server = makeServer(), era: string = REVISION) => openWire(server, { transport, era });

  test("a notification or response that is accepted is answered with 202 and no body [2025-11-25/http/accepted-202]", async () => {
    const wire = await open();
    const accepted = async (sent: object) => {
      const reply = await wire.send(sent).reply();
      expect(reply).toMatchObject({ status: 202, text: "" });
      expect(reply.headers.get("content-type")).toBeNull();
      expect(reply.headers.get("content-length") ?? "0").toBe("0");
    };
    await accepted({ jsonrpc: "2.0", method: "notifications/initialized" });
    await accepted({ jsonrpc: "2.0", method: "notifications/no-such", params: {} });
    const stream = wire.startTool("asks");
    const { id } = await stream.nextOf("roots/list");
    await accepted({ jsonrpc: "2.0", id, result: { roots: [] } });
    expect((await stream.reply()).toolText).toBe("0 roots");
  });

  test("a notification or response that is not accepted is answered with an error status [2025-11-25/http/refused-status]", async () => {
    const wire = await open();
    const stateless = await openWire(makeServer(), { transport, era: REVISION, sessions: false });
    const unknown = { headers: { "mcp-session-id": "unknown" } };
    const replies = [
      await wire.send({ jsonrpc: "2.0", method: "notifications/initialized", params: "x" }).reply(),
      await wire.send({ jsonrpc: "2.0", method: "notifications/initialized" }, unknown).reply(),
      await wire.send({ jsonrpc: "2.0", id: "x", result: {} }, unknown).reply(),
      await wire.send({ jsonrpc: "2.0", id: "x", result: {}, error: {} }).reply(),
      await stateless.send({ jsonrpc: "2.0", id: "x", result: {} }).reply(),
    ];
    expect(replies.map(({ status }) => status)).toEqual([400, 404, 404, 400, 400]);
    for (const [i, reply] of replies.entries()) {
      expect(reply.error.message).toMatch(/\S/);
      // Of these only the fourth could be taken for a request.
      if (i !== 3) expect(reply.response).not.toHaveProperty("id");
    }
  });

  test("a request is answered with one object, or with an event stream once something is emitted [2025-11-25/http/json-or-event-stream]", async () => {
    const wire = await open();
    for (const reply of [
      await wire.callTool("plain"),
      await wire.callTool("fails"),
      await wire.callTool("reports"),
      await wire.request("no/such"),
      await wire.request("tools/list"),
    ]) {
      expect(reply).toMatchObject({ status: 200, contentType: "application/json" });
      expect(JSON.parse(reply.text)).toEqual(reply.response);
    }
    for (const reply of [
      await wire.callTool("reports", {}, TOKEN),
      await wire.callTool("asks", {}, { answers: { "roots/list": { roots: [] } } }),
    ]) {
      expect(reply).toMatchObject({ status: 200, contentType: "text/event-stream" });
      expect(reply.headers.get("cache-control")).toContain("no-cache");
      expect(reply.response).toHaveProperty("result");
    }
  });

  test("a stream begins at once with an id and empty data, from which all can be had again [2025-11-25/http/primes-the-stream]", async () => {
    const release = gate();
    const server = makeServer().tool("waits", {
      handler: async (_, ctx) => {
        const first = ctx.progress({ progress: 1 });
        await release.opened;
        await first;
        return "waited";
      },
    });
    const wire = await open(server);
    const stream = wire.startTool("waits", {}, TOKEN);
    const priming = await stream.nextEvent();
    expect(priming).toMatchObject({ id: expect.stringMatching(/./), data: "", retry: 1000 });
    release.open();
    const { messages } = await stream.reply();
    const again = await wire.resume(priming.id ?? "").reply();
    expect(again.messages).toEqual(messages);
    expect(messages.map(({ method }) => method)).toEqual(["notifications/progress", undefined]);
  });

  test("the wait that a stream proposes is configurable", async () => {
    const wire = await openWire(makeServer(), { transport, era: REVISION, retryMs: 250 });
    const { events } = await wire.callTool("reports", {}, TOKEN);
    expect(events[0]).toMatchObject({ data: "", retry: 250 });
    expect(events.slice(1).every(({ retry }) => retry === undefined)).toBe(true);
  });

  test.each(["2025-06-18", "2025-03-26", "2024-11-05"])(
    "a stream for a client of %s begins with its first message",
    async (era) => {
      const wire = await open(makeServer(), era);
      const { events, response } = await wire.callTool("reports", {}, TOKEN);
      expect(events.map(({ data, retry }) => [data === "", retry])).toEqual(
        events.map(() => [false, undefined]),
      );
      expect(events).toHaveLength(3);
      expect(response).toHaveProperty("result");
    },
  );

  test("before a call's connection is closed early, the client is told when to come back [2025-11-25/http/retry-before-closing]", async () => {
    const release = gate();
    const server = makeServer().tool("polls", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        ctx.closeStream(120);
        await release.opened;
        return "polled";
      },
    });
    const wire = await open(server);
    const reply = await wire.startTool("polls", {}, TOKEN).reply();
    expect(reply).toMatchObject({ cut: false, response: undefined });
    expect(reply.events.at(-1)).toMatchObject({ retry: 120 });
    const resumed = wire.resume(reply.events.findLast(({ id }) => id !== undefined)?.id ?? "");
    await resumed.head;
    release.open();
    expect((await resumed.reply()).messages.map(({ result }) => result.content[0].text)).toEqual(["polled"]);
  });

  test("the stream of a request includes its response, which ends it [2025-11-25/http/stream-has-response] [2025-11-25/http/response-ends-stream]", async () => {
    const server = makeServer();
    server.tool("fails-late", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        throw new Error("secret");
      },
    });
    server.tool("asks-in-vain", { handler: async (_, ctx) => void (await ctx.listRoots({ timeoutMs: 5 })) });
    const wire = await open(server);
    for (const name of ["reports", "fails-late", "asks-in-vain"]) {
      const reply = await wire.callTool(name, {}, { ...TOKEN, id: `call-${name}` });
      expect(reply, name).toMatchObject({ contentType: "text/event-stream", cut: false });
      expect(reply.messages.filter(isResponse), name).toHaveLength(1);
      expect(reply.messages.at(-1)?.id, name).toBe(`call-${name}`);
      expect(reply.text.endsWith("\n\n"), name).toBe(true);
    }
  });

  test("a call's stream has its own messages only, also next to one with the same id [2025-11-25/http/stream-messages-relate]", async () => {
    const both = gate();
    let running = 0;
    const server = makeServer().tool("busy", {
      inputSchema: { type: "object", properties: { who: { type: "string" } }, required: ["who"] } as const,
      handler: async ({ who }, ctx) => {
        await ctx.progress({ progress: 1, message: who });
        if (++running === 2) both.open();
        await both.opened;
        await ctx.log.info(who);
        const [root] = await ctx.listRoots();
        ctx.notify("notifications/tools/list_changed");
        await ctx.progress({ progress: 2, message: who });
        return `${who} ${root?.uri}`;
      },
    });
    const wire = await open(server);
    const call = (who: string) =>
      wire.callTool(
        "busy",
        { who },
        {
          id: 7,
          meta: { progressToken: who },
          answers: { "roots/list": { roots: [{ uri: `file:///${who}` }] } },
        },
      );
    const replies = await Promise.all([call("a"), call("b")]);
    for (const [i, who] of ["a", "b"].entries()) {
      const { messages } = replies[i] as (typeof replies)[number];
      expect(
        messages.map(({ method, params, result }) => [
          method,
          params?.progressToken ?? params?.data ?? result?.content[0].text,
        ]),
      ).toEqual([
        ["notifications/progress", who],
        ["notifications/message", who],
        ["roots/list", undefined],
        ["notifications/progress", who],
        [undefined, `${who} file:///${who}`],
      ]);
    }
  });

  test("a client that goes away has not cancelled, and gets the result when it comes back [2025-11-25/http/disconnect-is-no-cancellation]", async () => {
    const release = gate();
    const done = gate<boolean>();
    const server = makeServer().tool("long", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await release.opened;
        await ctx.progress({ progress: 2 });
        done.open(ctx.signal.aborted);
        return "long done";
      },
    });
    const wire = await open(server);
    const stream = wire.startTool("long", {}, TOKEN);
    const { id } = await stream.nextEvent();
    await stream.next();
    stream.close();
    await stream.ended;
    release.open();
    expect(await done.opened).toBe(false);
    const { messages } = await wire.resume(id ?? "").reply();
    expect(messages.map(({ params, result }) => params?.progress ?? result?.content[0].text)).toEqual([
      1,
      2,
      "long done",
    ]);
  });
});
