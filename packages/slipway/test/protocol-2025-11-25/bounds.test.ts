import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, httpTransports, openWire, until } from "../support/index.ts";
import { silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

function makeServer() {
  const server = new McpServer({ name: "bounds", version: "1.0.0", logger: silent });
  server.tool("echo", {
    inputSchema: { type: "object", properties: { value: {} } } as const,
    handler: ({ value }) => JSON.stringify(value),
  });
  const release = gate();
  server.tool("stream", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      await release.opened;
      return "streamed";
    },
  });
  server.tool("ask", { handler: async (_, ctx) => `${(await ctx.listRoots()).length}` });
  return { server, release };
}

const STREAMING = { meta: { progressToken: "t" } };

describe.each(httpTransports)("bounds over %s", (transport) => {
  test("a body that is too large is refused with 413, whether it says its length or not", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION, maxBodyBytes: 1_000 });
    const fits = wire.message("tools/call", { name: "echo", arguments: { value: "" } });
    const padded = (bytes: number) => {
      const pad = "x".repeat(bytes - JSON.stringify(fits).length);
      return { ...fits, params: { name: "echo", arguments: { value: pad } } };
    };
    expect((await wire.send(padded(1_000)).reply()).status).toBe(200);
    for (const bytes of [1_001, 100_000, 3_000_000]) {
      const refused = await wire.send(padded(bytes)).reply();
      expect(refused.status, `${bytes}`).toBe(413);
      expect(refused.error.code).toBe(-32600);
    }
    const many = padded(2_000);
    const chunked = await wire
      .send(many, { headers: { "transfer-encoding": transport === "node" ? "chunked" : null } })
      .reply();
    expect(chunked.status).toBe(413);
    expect((await wire.request("ping")).status).toBe(200);
  });

  test("a body counts in bytes, not in characters", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION, maxBodyBytes: 1_000 });
    expect((await wire.callTool("echo", { value: "x".repeat(800) })).status).toBe(200);
    expect((await wire.callTool("echo", { value: "世".repeat(400) })).status).toBe(413);
  });

  test("a body that nests too deep is refused, and brackets in strings do not count", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION, maxDepth: 10 });
    const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    // The message, its params and their arguments take three levels.
    expect((await wire.callTool("echo", { value: nested(7) })).status).toBe(200);
    expect((await wire.callTool("echo", { value: nested(8) })).status).toBe(400);
    expect((await wire.send("[".repeat(100_000)).reply()).status).toBe(400);
    const text = `"[{\\"[{`.repeat(50);
    expect((await wire.callTool("echo", { value: text })).toolText).toBe(JSON.stringify(text));
  });

  test.each([
    ["text/plain"],
    ["application/json-rpc"],
    ["application/x-www-form-urlencoded"],
    ["multipart/form-data; boundary=application/json"],
    ["text/plain; application/json"],
    [null],
  ])("a body of the type %s is refused with 415", async (type) => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const reply = await wire.request("ping", {}, { headers: { "content-type": type } });
    expect(reply.status).toBe(415);
    expect(reply.error.message).toContain("application/json");
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/json;charset=UTF-8",
  ])("a body of the type %s is taken", async (type) => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    expect((await wire.request("ping", {}, { headers: { "content-type": type } })).result).toEqual({});
  });

  test.each([
    ["application/json"],
    ["text/event-stream"],
    ["text/html"],
    ["application/json, text/event-stream;q=0"],
    [""],
  ])("a client that accepts %j alone is refused with 406", async (accept) => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const reply = await wire.request("ping", {}, { headers: { accept } });
    expect(reply.status).toBe(406);
    expect(reply.error.message).toMatch(/application\/json and text\/event-stream/);
  });

  test.each([
    "application/json, text/event-stream",
    "text/event-stream;q=0.5,application/json",
    "*/*",
    "application/*, text/*",
    "APPLICATION/JSON, Text/Event-Stream",
  ])("a client that accepts %s is served", async (accept) => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    expect((await wire.request("ping", {}, { headers: { accept } })).result).toEqual({});
  });

  test("a body that is not UTF-8 is a parse error [2025-11-25/transports/utf-8]", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const bytes = Buffer.from(
      JSON.stringify(wire.message("tools/call", { name: "echo", arguments: { value: "@" } })),
    );
    const at = bytes.indexOf("@");
    for (const byte of [0xff, 0xc3, 0x80]) {
      const broken = Buffer.from(bytes);
      broken[at] = byte;
      const reply = await wire.send(broken).reply();
      expect(reply.status).toBe(400);
      expect(reply.error.code).toBe(-32700);
    }
    const latin1 = Buffer.from(bytes.toString().replace("@", "ü"), "latin1");
    expect((await wire.send(latin1).reply()).error.code).toBe(-32700);
  });

  test("an empty body is a parse error", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const reply = await wire.send("").reply();
    expect(reply.status).toBe(400);
    expect(reply.error.code).toBe(-32700);
  });

  test("headers that were sent twice do not get past what checks them", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    const twice = (name: string, values: string[]) =>
      wire.request("ping", {}, { headers: { [name]: values } });
    expect((await twice("mcp-session-id", [wire.sessionId ?? "", "other"])).status).toBe(404);
    expect((await twice("mcp-session-id", [wire.sessionId ?? "", wire.sessionId ?? ""])).status).toBe(404);
    expect((await twice("accept", ["application/json", "text/event-stream"])).status).toBe(200);
  });

  test("more event streams than allowed are refused for a while, and a call is worth more than its progress", async () => {
    const { server, release } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, maxStreams: 2 });
    const listening = wire.get();
    await listening.nextEvent();
    const call = wire.startTool("stream", {}, STREAMING);
    await call.next();
    const refused = await wire.get().reply();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const plain = wire.startTool("stream", {}, STREAMING);
    await until(() => wire.http.handler.load.calls === 2, "both calls run");
    const asking = await wire.callTool("ask", {}, { answers: { "roots/list": { roots: [] } } });
    expect(asking.error.message).toMatch(/too many event streams/);
    release.open();
    expect(await plain.reply()).toMatchObject({
      status: 200,
      contentType: "application/json",
      toolText: "streamed",
    });
    expect((await call.reply()).toolText).toBe("streamed");
    const after = wire.get();
    expect((await after.head).status).toBe(200);
  });

  test("more event streams than a session may have are refused, and another session has its own", async () => {
    const { server } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, maxStreamsPerSession: 2 });
    const streams = [wire.get(), wire.get()];
    const events = await Promise.all(streams.map((stream) => stream.nextEvent()));
    const refused = await wire.get().reply();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const other = await wire.connect({ era: REVISION });
    expect((await other.get().head).status).toBe(200);
    // A stream that is resumed takes the place of its own connection.
    const back = wire.resume(events[0]?.id ?? "");
    expect((await back.head).status).toBe(200);
    await streams[0]?.ended;
    expect((await wire.get().reply()).status).toBe(429);
    streams[1]?.close();
    await until(() => wire.http.handler.load.streams === 2, "the server saw the client leave");
    expect((await wire.get().head).status).toBe(200);
  });

  test("a stream that could not be resumed for want of room goes on later", async () => {
    const { server, release } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, maxStreamsPerSession: 1 });
    const call = wire.startTool("stream", {}, STREAMING);
    const { id = "" } = await call.nextEvent();
    call.close();
    await until(() => wire.http.handler.load.streams === 0, "the server saw the client leave");
    const listening = wire.get();
    await listening.nextEvent();
    expect((await wire.resume(id).reply()).status).toBe(429);
    listening.close();
    await until(() => wire.http.handler.load.streams === 0, "the server saw the client leave");
    const resumed = wire.resume(id);
    await resumed.next();
    release.open();
    const { messages } = await resumed.reply();
    expect(messages.map(({ params, result }) => params?.progress ?? result?.content[0].text)).toEqual([
      1,
      "streamed",
    ]);
  });

  test("a silent stream gets a comment now and then", async () => {
    const { server, release } = makeServer();
    const wire = await openWire(server, { transport, era: REVISION, keepAliveMs: 5 });
    const call = wire.startTool("stream", {}, STREAMING);
    const listening = wire.get();
    for (const stream of [call, listening]) {
      expect(await stream.nextComment()).toBe("");
      expect(await stream.nextComment()).toBe("");
    }
    release.open();
    const reply = await call.reply();
    expect(reply.toolText).toBe("streamed");
    expect(reply.text).toMatch(/^:\n\n/m);
  });

  test("without keep-alive nothing but messages is sent", async () => {
    const { server, release } = makeServer();
    const [silentWire, chatty] = await Promise.all(
      [0, 1].map((keepAliveMs) => openWire(server, { transport, era: REVISION, keepAliveMs })),
    );
    const call = silentWire?.startTool("stream", {}, STREAMING);
    const other = chatty?.startTool("stream", {}, STREAMING);
    for (let i = 0; i < 10; i++) await other?.nextComment();
    release.open();
    expect((await call?.reply())?.comments).toEqual([]);
  });

  test("methods that HTTP has and MCP has not are refused with 405", async () => {
    const wire = await openWire(makeServer().server, { transport, era: REVISION });
    for (const method of ["PUT", "PATCH", "HEAD"]) {
      const reply = await wire.exchange(method).reply();
      expect(reply.status, method).toBe(405);
      expect(reply.headers.get("allow")).toBe("GET, POST, DELETE");
    }
  });
});
