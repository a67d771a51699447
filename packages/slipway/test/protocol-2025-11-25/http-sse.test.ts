import { McpServer, type Principal } from "slipway";
import { describe, expect, test } from "vitest";
import {
  gate,
  httpTransports,
  type Message,
  openWire,
  type Stream,
  until,
  type Wild,
  type Wire,
  type WireOptions,
} from "../support/index.ts";
import { silent } from "./rich-server.ts";

function makeServer() {
  const server = new McpServer({ name: "older", version: "1.0.0", logger: silent });
  server.tool("who", {
    handler: (_, ctx) => `${ctx.client.protocolVersion} ${ctx.auth?.subject ?? "nobody"}`,
  });
  server.tool("report", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      return `${(await ctx.listRoots()).length} roots`;
    },
  });
  server.resource("test://a", { handler: () => "a" });
  return server;
}

/** A client of HTTP+SSE: one stream for all that it is told, and an address for all that it says. */
class OlderClient {
  readonly stream: Stream;
  readonly #wire: Wire;
  readonly #principal: Principal | undefined;
  #endpoint = "";
  #taken = 0;

  constructor(wire: Wire, principal?: Principal, path = "/sse") {
    this.#wire = wire;
    this.#principal = principal;
    this.stream = wire.exchange("GET", { path, headers: ONLY_SSE, ...(principal && { principal }) });
  }

  async open(): Promise<string> {
    const event = await this.stream.nextEvent();
    expect(event.event).toBe("endpoint");
    this.#endpoint = event.data ?? "";
    return this.#endpoint;
  }

  async post(message: object | string, principal = this.#principal) {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    const headers = {
      "content-type": "application/json",
      "mcp-session-id": null,
      "mcp-protocol-version": null,
    };
    return this.#wire
      .exchange("POST", { path: this.#endpoint, body, headers, ...(principal && { principal }) })
      .reply();
  }

  /** The next message on the stream. */
  async next(): Promise<Message> {
    const message = await this.stream.messages.at(this.#taken++);
    if (message === undefined) throw new Error("The stream ended.");
    return message;
  }

  async request(id: number, method: string, params?: object): Promise<Message> {
    expect(await this.post({ jsonrpc: "2.0", id, method, params })).toMatchObject({ status: 202 });
    return this.next();
  }

  async initialize(capabilities: object = {}, protocolVersion = "2024-11-05"): Promise<Wild> {
    const params = { protocolVersion, capabilities, clientInfo: { name: "older", version: "1" } };
    const { result } = await this.request(0, "initialize", params);
    await this.post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return result;
  }
}

const ONLY_SSE = { accept: "text/event-stream", "mcp-session-id": null, "mcp-protocol-version": null };

describe.each(httpTransports)("HTTP+SSE of 2024-11-05 over %s", (transport) => {
  const serve = (server = makeServer(), options: Partial<WireOptions> = {}) =>
    openWire(server, { transport, era: "2024-11-05", handshake: false, httpSse: true, ...options });

  async function open(server = makeServer(), options: Partial<WireOptions> = {}) {
    const wire = await serve(server, options);
    const client = new OlderClient(wire);
    const endpoint = await client.open();
    return { wire, client, endpoint };
  }

  test("the stream says where to post, and brings all that the server says", async () => {
    const { client, endpoint } = await open();
    expect((await client.stream.head).headers.get("content-type")).toBe("text/event-stream");
    expect(endpoint).toMatch(/^\/messages\?sessionId=[\w-]{22,}$/);
    expect((await client.initialize()).protocolVersion).toBe("2024-11-05");
    expect(client.stream.events.items[1]).toMatchObject({
      event: "message",
      data: expect.stringMatching(/^\{/),
    });
    const { id, result } = await client.request(1, "tools/call", { name: "who" });
    expect({ id, text: result.content[0].text }).toEqual({ id: 1, text: "2024-11-05 nobody" });
  });

  test("what the server asks and reports travels on the same stream", async () => {
    const { client } = await open();
    await client.initialize({ roots: {} });
    await client.post({
      jsonrpc: "2.0",
      id: 5,
      method: "tools/call",
      params: { name: "report", _meta: { progressToken: "t" } },
    });
    expect((await client.next()).params).toEqual({ progressToken: "t", progress: 1 });
    const ask = await client.next();
    expect(ask.method).toBe("roots/list");
    await client.post({ jsonrpc: "2.0", id: ask.id, result: { roots: [] } });
    expect(await client.next()).toMatchObject({ id: 5, result: { content: [{ text: "0 roots" }] } });
  });

  test("changes are told, and only what was subscribed to", async () => {
    const server = makeServer();
    const { client } = await open(server);
    await client.initialize();
    server.notify("notifications/resources/updated", { uri: "test://a" });
    await client.request(1, "resources/subscribe", { uri: "test://a" });
    server.notify("notifications/resources/updated", { uri: "test://a" });
    expect((await client.next()).method).toBe("notifications/resources/updated");
    server.notify("notifications/tools/list_changed");
    expect((await client.next()).method).toBe("notifications/tools/list_changed");
  });

  test("a call is cancelled by a notification, and ends when the stream does", async () => {
    const server = makeServer();
    const ended: string[] = [];
    const both = gate();
    const started = gate();
    server.tool("hang", {
      handler: async (_, ctx) => {
        const aborted = gate();
        ctx.signal.addEventListener("abort", () => aborted.open());
        started.open();
        await aborted.opened;
        if (ended.push(String(ctx.request.id)) === 2) both.open();
        return "too late";
      },
    });
    const { wire, client } = await open(server);
    await client.initialize();
    await client.post({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "hang" } });
    await started.opened;
    await client.post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
    expect(await client.request(2, "ping")).toEqual({ jsonrpc: "2.0", id: 2, result: {} });
    await client.post({ jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "hang" } });
    client.stream.close();
    await both.opened;
    expect(ended).toEqual(["1", "3"]);
    expect(wire.http.handler.load.streams).toBe(0);
    expect((await client.post({ jsonrpc: "2.0", id: 4, method: "ping" })).status).toBe(404);
  });

  test("messages that cannot be read are answered, and the stream goes on", async () => {
    const { client } = await open();
    expect((await client.post("{")).status).toBe(400);
    await client.initialize();
    expect((await client.request(1, "no/such")).error?.code).toBe(-32601);
    expect((await client.request(2, "ping")).result).toEqual({});
  });

  test("a session belongs to the principal that opened it", async () => {
    const ada = { subject: "ada" };
    const wire = await serve(makeServer(), { principal: ada });
    const client = new OlderClient(wire, ada);
    await client.open();
    await client.initialize();
    expect((await client.request(1, "tools/call", { name: "who" })).result.content[0].text).toBe(
      "2024-11-05 ada",
    );
    const ping = { jsonrpc: "2.0", id: 2, method: "ping" };
    expect((await client.post(ping, { subject: "bob" })).status).toBe(404);
    expect((await client.post(ping)).status).toBe(202);
  });

  test("addresses that were never given are not found", async () => {
    const { wire } = await open();
    for (const path of ["/messages", "/messages?sessionId=", "/messages?sessionId=unknown"]) {
      const headers = { "content-type": "application/json" };
      expect((await wire.exchange("POST", { path, body: "{}", headers }).reply()).status, path).toBe(404);
    }
  });

  test("origins are checked, and streams are counted, here too", async () => {
    const { wire, client } = await open(makeServer(), { maxStreams: 1 });
    const headers = { ...ONLY_SSE, origin: "https://evil.example" };
    expect((await wire.exchange("GET", { path: "/sse", headers }).reply()).status).toBe(403);
    const posted = { "content-type": "application/json", origin: "https://evil.example" };
    expect(
      (await wire.exchange("POST", { path: "/messages", body: "{}", headers: posted }).reply()).status,
    ).toBe(403);
    const full = await wire.exchange("GET", { path: "/sse", headers: ONLY_SSE }).reply();
    expect(full.status).toBe(503);
    expect(Number(full.headers.get("retry-after"))).toBeGreaterThan(0);
    const refused = { ...ONLY_SSE, accept: "application/json" };
    expect((await wire.exchange("GET", { path: "/sse", headers: refused }).reply()).status).toBe(406);
    expect((await client.initialize()).protocolVersion).toBe("2024-11-05");
  });

  test("two clients on two streams do not hear each other, though their ids are the same", async () => {
    const { wire, client } = await open();
    const other = new OlderClient(wire);
    await other.open();
    await Promise.all([client.initialize(), other.initialize({}, "2025-06-18")]);
    const [one, two] = await Promise.all([
      client.request(1, "tools/call", { name: "who" }),
      other.request(1, "tools/call", { name: "who" }),
    ]);
    expect([one.result.content[0].text, two.result.content[0].text]).toEqual([
      "2024-11-05 nobody",
      "2025-06-18 nobody",
    ]);
  });

  test("the paths can be chosen, and Streamable HTTP is served beside them", async () => {
    const options = { httpSse: { path: "/old/events", messagesPath: "/old/say" } };
    const wire = await serve(makeServer(), options);
    const client = new OlderClient(wire, undefined, "/old/events");
    expect(await client.open()).toMatch(/^\/old\/say\?sessionId=/);
    expect((await client.initialize()).serverInfo.name).toBe("older");
    const newer = await wire.connect({ era: "2025-11-25" });
    expect((await newer.callTool("who")).toolText).toBe("2025-11-25 nobody");
  });

  test("a closing server ends the streams", async () => {
    const { wire, client } = await open();
    await client.initialize();
    await wire.http.handler.close(0);
    await client.stream.ended;
    expect(wire.http.handler.load.streams).toBe(0);
  });

  test("a closing server refuses requests, lets calls finish, and tells clients when to open another stream", async () => {
    const release = gate();
    const server = makeServer().tool("long", { handler: () => release.opened.then(() => "long done") });
    const wire = await serve(server, { retryMs: 321 });
    const client = new OlderClient(wire);
    await client.open();
    await client.initialize();
    await client.post({ jsonrpc: "2.0", id: 8, method: "tools/call", params: { name: "long" } });
    await until(() => wire.http.handler.load.calls === 1, "the call runs");
    const closed = wire.http.handler.close(60_000);
    await client.post({ jsonrpc: "2.0", id: 9, method: "ping" });
    expect(await client.next()).toMatchObject({
      id: 9,
      error: { message: expect.stringMatching(/shutting down/) },
    });
    release.open();
    expect(await client.next()).toMatchObject({ id: 8, result: { content: [{ text: "long done" }] } });
    await closed;
    const reply = await client.stream.reply();
    expect(reply.cut).toBe(false);
    expect(reply.events.at(-1)).toMatchObject({ retry: 321 });
  });

  test("unless it is switched on, it is not there", async () => {
    const wire = await serve(makeServer(), { httpSse: false });
    const reply = await wire.exchange("GET", { path: "/sse", headers: ONLY_SSE }).reply();
    expect(reply.status).toBeGreaterThanOrEqual(400);
  });
});
