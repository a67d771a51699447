import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, isResponse, legacyRevisions, openWire, transports } from "../support/index.ts";
import { silent } from "./rich-server.ts";

function makeServer() {
  const server = new McpServer({ name: "batches", version: "1.0.0", logger: silent });
  const ran: string[] = [];
  server.tool("echo", {
    inputSchema: { type: "object", properties: { text: { type: "string" } } } as const,
    handler: ({ text = "" }) => {
      ran.push(text);
      return text;
    },
  });
  server.tool("report", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      return "reported";
    },
  });
  return { server, ran };
}

const echo = (id: number | string, text: string) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "echo", arguments: { text } },
});
const notification = { jsonrpc: "2.0", method: "notifications/roots/list_changed" };
const byId = (messages: readonly { id?: unknown; result?: { content?: { text: string }[] } }[]) =>
  new Map(messages.map((message) => [message.id, message.result?.content?.[0]?.text]));

describe.each(transports)("batches of 2025-03-26 over %s", (transport) => {
  const open = (server: McpServer, era = "2025-03-26") => openWire(server, { transport, era });

  test("each request of a batch is answered, in one list", async () => {
    const { server } = makeServer();
    const wire = await open(server);
    const reply = await wire
      .send([echo(1, "a"), notification, echo("1", "b"), { ...echo(3, ""), method: "no/such" }])
      .reply();
    expect(Array.isArray(JSON.parse(reply.text))).toBe(true);
    expect(byId(reply.messages)).toEqual(
      new Map<unknown, unknown>([
        [1, "a"],
        ["1", "b"],
        [3, undefined],
      ]),
    );
    expect(reply.messages.find(({ id }) => id === 3)?.error?.code).toBe(-32601);
    expect(reply.messages).toHaveLength(3);
  });

  test("a batch of one request is answered with a list of one", async () => {
    const wire = await open(makeServer().server);
    const reply = await wire.send([echo(9, "only")]).reply();
    expect(JSON.parse(reply.text)).toMatchObject([{ jsonrpc: "2.0", id: 9, result: {} }]);
  });

  test("a batch without requests is not answered", async () => {
    const wire = await open(makeServer().server);
    const before = wire.received.length;
    const stream = wire.send([notification, { jsonrpc: "2.0", id: "x", result: {} }]);
    if (wire.overHttp) expect(await stream.reply()).toMatchObject({ status: 202, text: "" });
    else {
      await wire.settle();
      expect(wire.received.slice(before)).toHaveLength(1);
    }
  });

  test("a notification in a batch does what it does alone", async () => {
    const { server } = makeServer();
    const aborted = gate();
    server.tool("hang", {
      handler: async (_, ctx) => {
        ctx.signal.addEventListener("abort", () => aborted.open());
        await ctx.progress({ progress: 1 });
        await aborted.opened;
      },
    });
    const wire = await open(server);
    const stream = wire.startTool("hang", {}, { id: "h", meta: { progressToken: 1 } });
    await stream.next();
    wire.send([{ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "h" } }]);
    await aborted.opened;
  });

  test("answers to the server's questions may come in a batch", async () => {
    const { server } = makeServer();
    server.tool("ask", {
      handler: async (_, ctx) => {
        const say = (text: string) =>
          ctx.sample({ messages: [{ role: "user", content: { type: "text", text } }], maxTokens: 1 });
        return (await Promise.all([say("a"), say("b")])).map(({ model }) => model).join();
      },
    });
    const wire = await open(server);
    const stream = wire.startTool("ask");
    const asks = [
      await stream.nextOf("sampling/createMessage"),
      await stream.nextOf("sampling/createMessage"),
    ];
    const answers = asks.map(({ id, params }) => ({
      jsonrpc: "2.0",
      id,
      result: {
        role: "assistant",
        content: { type: "text", text: "." },
        model: params.messages[0].content.text,
      },
    }));
    wire.send(answers);
    expect((await stream.reply()).toolText).toBe("a,b");
  });

  test("an empty batch is an invalid request", async () => {
    const wire = await open(makeServer().server);
    expect((await wire.send([]).reply()).error.code).toBe(-32600);
  });

  test("a batch of more than 100 messages is refused as one", async () => {
    const { server, ran } = makeServer();
    const wire = await open(server);
    const reply = await wire.send(Array.from({ length: 101 }, (_, i) => echo(i, "x"))).reply();
    expect(reply.messages).toHaveLength(1);
    expect(reply.error).toEqual({ code: -32600, message: "A batch may hold 100 messages, got 101." });
    expect(ran).toEqual([]);
  });

  test.each(["2025-06-18", "2025-11-25"])(
    "a client of %s has no batches, and nothing of one is served",
    async (era) => {
      const { server, ran } = makeServer();
      const wire = await open(server, era);
      const reply = await wire.send([echo(1, "a"), echo(2, "b")]).reply();
      expect(reply.status).toBe(wire.overHttp ? 400 : 0);
      expect(reply.error.code).toBe(-32600);
      expect(reply.messages).toHaveLength(1);
      expect(ran).toEqual([]);
    },
  );
});

describe.each(httpTransports)("batches in Streamable HTTP over %s", (transport) => {
  const open = (server: McpServer, options: { sessions?: boolean } = {}) =>
    openWire(server, { transport, era: "2025-03-26", ...options });

  test("a batch that emits something is answered by an event stream, which ends with the last answer", async () => {
    const { server } = makeServer();
    const wire = await open(server);
    const report = { ...echo(2, ""), params: { name: "report", _meta: { progressToken: "p" } } };
    const reply = await wire.send([echo(1, "a"), report, echo(3, "c")]).reply();
    expect(reply).toMatchObject({ status: 200, contentType: "text/event-stream", cut: false });
    expect(reply.notifications.map(({ params }) => params.progressToken)).toEqual(["p"]);
    expect(byId(reply.messages.filter(isResponse))).toEqual(
      new Map([
        [1, "a"],
        [2, "reported"],
        [3, "c"],
      ]),
    );
  });

  test("a batch that cannot be served whole is refused whole", async () => {
    const { server, ran } = makeServer();
    const wire = await open(server);
    server.tool("ask", { handler: async (_, ctx) => `${(await ctx.listRoots()).length}` });
    const asking = wire.startTool("ask");
    const { id } = await asking.nextOf("roots/list");
    const answer = { jsonrpc: "2.0", id, result: { roots: [] } };
    for (const wrong of [
      5,
      { jsonrpc: "1.0" },
      [echo(8, "nested")],
      { ...echo(9, ""), method: "initialize" },
    ]) {
      const reply = await wire.send([answer, echo(1, "a"), wrong]).reply();
      expect(reply.status, JSON.stringify(wrong)).toBe(400);
    }
    expect((await wire.send(Array.from({ length: 101 }, (_, i) => echo(i, "x"))).reply()).status).toBe(400);
    expect(ran).toEqual([]);
    expect(wire.http.handler.load.calls).toBe(1);
    await wire.respond(id, { roots: [] });
    expect((await asking.reply()).toolText).toBe("0");
  });

  test("a batch needs a session and a version as every message does", async () => {
    const wire = await open(makeServer().server);
    const send = (headers: { [name: string]: string | null }) =>
      wire.send([echo(1, "a")], { headers }).reply();
    expect((await send({})).status).toBe(200);
    expect((await send({ "mcp-protocol-version": "1.0" })).status).toBe(400);
    expect((await send({ "mcp-session-id": null })).status).toBe(400);
    expect((await send({ "mcp-session-id": "unknown" })).status).toBe(404);
  });

  test("without sessions, batches are served for the versions that have them", async () => {
    const wire = await open(makeServer().server, { sessions: false });
    const send = (version: string | null) =>
      wire.send([echo(1, "a")], { headers: { "mcp-protocol-version": version } }).reply();
    for (const version of [null, ...legacyRevisions]) {
      const has = version === null || version < "2025-06-18";
      expect((await send(version)).status, `${version}`).toBe(has ? 200 : 400);
    }
  });

  test("requests of a batch that are cancelled are left out of its answer", async () => {
    const { server } = makeServer();
    const aborted = gate();
    const started = gate();
    server.tool("hang", {
      handler: async (_, ctx) => {
        ctx.signal.addEventListener("abort", () => aborted.open());
        started.open();
        await aborted.opened;
        return "too late";
      },
    });
    const wire = await open(server);
    const hang = { ...echo("h", ""), params: { name: "hang" } };
    const stream = wire.send([hang, echo(1, "a")]);
    await started.opened;
    await wire.notify("notifications/cancelled", { requestId: "h" });
    const reply = await stream.reply();
    expect(byId(reply.messages.filter(isResponse))).toEqual(new Map([[1, "a"]]));
  });
});
