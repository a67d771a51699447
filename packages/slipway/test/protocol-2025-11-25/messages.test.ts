import { InMemorySessionAdapter, McpServer, RpcError, ToolError } from "slipway";
import { describe, expect, test } from "vitest";
import {
  httpTransports,
  isNotification,
  isRequest,
  openWire,
  transports,
  type Wild,
} from "../support/index.ts";
import { makeRichServer, silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

/** A server with one tool that counts how often it ran. */
function makeCounter() {
  const server = new McpServer({ name: "counter", version: "1.0.0", logger: silent });
  const ran: unknown[] = [];
  server.tool("count", { handler: (args) => `${ran.push(args)}` });
  return { server, ran };
}

describe.each(transports)("messages over %s", (transport) => {
  const open = (server: McpServer) => openWire(server, { transport, era: REVISION });

  test("a server with one tool and no options has the base protocol and the lifecycle [2025-11-25/base/supported-parts]", async () => {
    const server = new McpServer({ name: "small", version: "0.1.0" });
    server.tool("hello", { handler: () => "hello" });
    const wire = await open(server);
    expect(wire.initialized?.result.serverInfo).toEqual({ name: "small", version: "0.1.0" });
    expect((await wire.request("ping")).result).toEqual({});
    expect((await wire.callTool("hello")).toolText).toBe("hello");
  });

  test("text that is not JSON is a parse error without an id [2025-11-25/json-rpc/invalid-json] [2025-11-25/json-rpc/error-same-id]", async () => {
    const { server, ran } = makeCounter();
    const wire = await open(server);
    for (const text of ["{", '{"jsonrpc":"2.0"', "nonsense", '{"a":1}}', "[1,"]) {
      const reply = await wire.send(text).reply();
      expect(reply.status, text).toBe(wire.overHttp ? 400 : 0);
      expect(reply.error.code, text).toBe(-32700);
      expect(reply.response, text).not.toHaveProperty("id");
    }
    expect(ran).toEqual([]);
    expect((await wire.callTool("count")).toolText).toBe("1");
  });

  const call = { method: "tools/call", params: { name: "count" } };
  test.each([
    ["has no jsonrpc", { id: 7, ...call }],
    ["has another jsonrpc", { jsonrpc: "1.0", id: 7, ...call }],
    ["has a method that is no string", { jsonrpc: "2.0", id: 7, method: 7 }],
    ["has the id null", { jsonrpc: "2.0", id: null, ...call }],
    ["has a fraction as its id", { jsonrpc: "2.0", id: 1.5, ...call }],
    ["has an object as its id", { jsonrpc: "2.0", id: {}, ...call }],
    ["has text as its params", { jsonrpc: "2.0", id: 7, method: "tools/call", params: "x" }],
    ["has a list as its params", { jsonrpc: "2.0", id: 7, method: "tools/call", params: ["count"] }],
    ["has neither method, result nor error", { jsonrpc: "2.0", id: 7 }],
    ["is an empty list", []],
    ["is a number", 5],
    ["is null", null],
  ])(
    "what %s is an invalid request [2025-11-25/json-rpc/invalid-request] [2025-11-25/json-rpc/request-id-not-null]",
    async (_, message) => {
      const { server, ran } = makeCounter();
      const wire = await open(server);
      const readable = typeof message === "object" && message !== null && !Array.isArray(message);
      const reply = await wire.send(readable ? message : JSON.stringify(message)).reply();
      expect(reply.status).toBe(wire.overHttp ? 400 : 0);
      expect(reply.error.code).toBe(-32600);
      expect(reply.response?.id).toBe((message as Wild)?.id === 7 ? 7 : undefined);
      expect((await wire.callTool("count")).toolText).toBe("1");
      expect(ran).toHaveLength(1);
    },
  );

  test.each(["9007199254740993", "-9007199254740992", "1e300", "1e400"])(
    "%s is no id, as it would not come back digit for digit [2025-11-25/json-rpc/response-same-id]",
    async (id) => {
      const { server, ran } = makeCounter();
      const wire = await open(server);
      const text = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"count"}}`;
      const reply = await wire.send(text).reply();
      expect(reply.error.code).toBe(-32600);
      expect(reply.response).not.toHaveProperty("id");
      expect(ran).toEqual([]);
    },
  );

  test("a method that is unknown, or whose capability was not declared, is not found [2025-11-25/json-rpc/unknown-method] [2025-11-25/json-rpc/error-same-id]", async () => {
    const wire = await open(makeCounter().server);
    for (const method of [
      "no/such",
      "prompts/list",
      "resources/read",
      "completion/complete",
      "constructor",
      "",
    ]) {
      for (const id of [7, "a", 0, ""]) {
        const reply = await wire.request(method, {}, { id });
        expect(reply.error.code, method).toBe(-32601);
        expect(reply.response?.id).toBe(id);
      }
    }
  });

  test.each([0, -1, 9007199254740991, "", "1", "ü", 1])(
    "the result for id %j has it back, with its type [2025-11-25/json-rpc/response-same-id]",
    async (id) => {
      const wire = await openWire(makeCounter().server, { transport, era: REVISION });
      const [plain, list] = [
        await wire.callTool("count", {}, { id }),
        await wire.request("tools/list", {}, { id }),
      ];
      for (const reply of [plain, list]) {
        expect(reply.response).toHaveProperty("result");
        expect(reply.response?.id).toBe(id);
      }
    },
  );

  test("every successful response has an object as its result [2025-11-25/json-rpc/response-has-result]", async () => {
    const server = makeRichServer().tool("nothing", { handler: () => undefined });
    const wire = await open(server);
    const requests: [method: string, params?: object][] = [
      ["ping"],
      ["tools/list"],
      ["tools/call", { name: "nothing" }],
      ["resources/list"],
      ["resources/templates/list"],
      ["resources/read", { uri: "test://a" }],
      ["resources/subscribe", { uri: "test://a" }],
      ["resources/unsubscribe", { uri: "test://a" }],
      ["prompts/list"],
      ["prompts/get", { name: "greet", arguments: { who: "Ada" } }],
      [
        "completion/complete",
        { ref: { type: "ref/prompt", name: "greet" }, argument: { name: "who", value: "" } },
      ],
      ["logging/setLevel", { level: "error" }],
    ];
    for (const [method, params] of requests) {
      const { response } = await wire.request(method, params);
      expect(Object.keys(response ?? {}).sort(), method).toEqual(["id", "jsonrpc", "result"]);
      expect(response?.result, method).toBeTypeOf("object");
      expect(Array.isArray(response?.result), method).toBe(false);
    }
  });

  test("every error has an integer as its code and a message of one sentence [2025-11-25/json-rpc/error-code-and-message] [2025-11-25/json-rpc/error-code-integer] [2025-11-25/json-rpc/error-message-concise]", async () => {
    const { server } = makeCounter();
    const thrown: unknown[] = [
      undefined,
      null,
      "",
      7,
      new Error(""),
      new ToolError(""),
      new ToolError("No."),
      new RpcError(-32050, "Own"),
      new RpcError(-32050, ""),
      new RpcError(1.5, "a fraction"),
      new RpcError(Number.NaN, "not a number"),
      new RpcError("ENOENT" as never, "no number"),
      Object.assign(new Error("no such file"), { code: "ENOENT" }),
    ];
    for (const [i, error] of thrown.entries()) {
      server.prompt(`throw-${i}`, {
        handler: () => {
          throw error;
        },
      });
    }
    server.prompt("circular", {
      handler: () => {
        const data: { self?: unknown } = {};
        data.self = data;
        throw new RpcError(-32050, "circular", data);
      },
    });
    server.prompt("big", { handler: () => ({ messages: [], _meta: { n: 1n } }) });
    server.resource("test://a", { handler: () => undefined });
    const wire = await open(server);
    const provoked = [
      ...thrown.map((_, i) => wire.request("prompts/get", { name: `throw-${i}` })),
      wire.request("prompts/get", { name: "circular" }),
      wire.request("prompts/get", { name: "big" }),
      wire.request("prompts/get", { name: "unknown" }),
      wire.request("prompts/get"),
      wire.request("prompts/list", { cursor: "never issued" }),
      wire.request("prompts/list", { cursor: 7 }),
      wire.callTool("unknown"),
      wire.callTool("count", [] as object),
      wire.request("tools/call", { name: 7 }),
      wire.request("resources/read", { uri: "test://nowhere" }),
      wire.request("resources/read", { uri: "test://a" }),
      wire.request("resources/read", { uri: "no uri" }),
      wire.request("logging/setLevel", { level: "loud" }),
      wire.request("completion/complete", {}),
      wire.request("no/such"),
      wire.initialize({ params: { protocolVersion: 7 }, headers: { "mcp-session-id": null } }),
      wire.initialize({ params: { clientInfo: null }, headers: { "mcp-session-id": null } }),
      wire.send("{").reply(),
      wire.send("5").reply(),
      wire.send("[]").reply(),
      ...(wire.overHttp
        ? [
            wire.request("ping", {}, { headers: { "mcp-session-id": "unknown" } }),
            wire.request("ping", {}, { headers: { "mcp-session-id": null } }),
            wire.request("ping", {}, { headers: { "mcp-protocol-version": "1" } }),
            wire.request("ping", {}, { headers: { "content-type": "text/plain" } }),
            wire.request("ping", {}, { headers: { accept: "text/html" } }),
            wire.request("ping", {}, { headers: { origin: "https://evil.example" } }),
            wire.exchange("PUT").reply(),
            wire.resume("no-such-event").reply(),
            wire.get({ headers: { accept: "text/html" } }).reply(),
            wire.send(`${"[".repeat(70)}${"]".repeat(70)}`).reply(),
            wire.respond("x", { a: 1 }, { headers: { "mcp-session-id": "unknown" } }),
          ]
        : []),
    ];
    for (const reply of await Promise.all(provoked)) {
      const { code, message } = reply.error;
      expect(Number.isInteger(code), reply.text).toBe(true);
      expect(message, reply.text).toMatch(/\S/);
      expect(message, reply.text).not.toMatch(/[\r\n]|[.!?]\s+\S/);
      expect(message.length, reply.text).toBeLessThan(300);
    }
  });

  test("what cannot be sent as JSON ends its request in an error, also after something was sent [2025-11-25/json-rpc/error-code-and-message]", async () => {
    const server = new McpServer({ name: "big", version: "1.0.0", logger: silent });
    server.tool("big", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        return { structuredContent: { n: 1n }, content: [] };
      },
    });
    const wire = await open(server);
    for (const meta of [{}, { progressToken: "t" }]) {
      const reply = await wire.callTool("big", {}, { id: "b", meta });
      expect(reply.error.code).toBe(-32603);
      expect(reply.response?.id).toBe("b");
    }
  });

  test("notifications are not answered, whether known, unknown or malformed [2025-11-25/json-rpc/notification-not-answered]", async () => {
    const wire = await open(makeCounter().server);
    const before = wire.received.length;
    const notifications = [
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", method: "notifications/roots/list_changed" },
      { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: "unknown", progress: 1 } },
      { jsonrpc: "2.0", method: "notifications/cancelled", params: {} },
      { jsonrpc: "2.0", method: "notifications/no-such" },
      { jsonrpc: "2.0", method: "tools/call", params: { name: "count" } },
    ];
    for (const notification of notifications) {
      const stream = wire.send(notification);
      if (wire.overHttp) expect(await stream.reply()).toMatchObject({ status: 202, text: "", messages: [] });
    }
    const malformed = { jsonrpc: "2.0", method: "notifications/cancelled", params: "x" };
    const refused = wire.send(malformed);
    if (wire.overHttp) {
      const { status, messages } = await refused.reply();
      expect(status).toBe(400);
      expect(messages.every((message) => message.error !== undefined && message.id === undefined)).toBe(true);
    } else {
      await wire.settle();
      expect(wire.received.slice(before).map(({ result }) => result)).toEqual([{}]);
    }
  });

  test("requests to the client have ids, each once, and notifications have none [2025-11-25/json-rpc/request-id] [2025-11-25/json-rpc/request-id-not-null] [2025-11-25/json-rpc/request-id-not-reused] [2025-11-25/json-rpc/notification-without-id]", async () => {
    const server = makeRichServer().tool("ask-much", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1 });
        await ctx.log.info("asking");
        await ctx.listRoots();
        const asks = Array.from({ length: 10 }, (_, n) =>
          ctx.sample({
            messages: [{ role: "user", content: { type: "text", text: `${n}` } }],
            maxTokens: 1,
          }),
        );
        await Promise.all(asks);
        ctx.notify("notifications/tools/list_changed");
        return "asked";
      },
    });
    server.tool("ask-in-vain", {
      handler: async (_, ctx) =>
        void (await ctx.elicit({ message: "?", url: "https://example.com", timeoutMs: 1 }).catch(() => {})),
    });
    const wire = await open(server);
    const listening = await wire.listen({ toolsListChanged: true });
    const answers = {
      "roots/list": { roots: [] },
      "sampling/createMessage": { role: "assistant", content: { type: "text", text: "." }, model: "m" },
    };
    for (let i = 0; i < 10; i++) {
      const reply = await wire.callTool("ask-much", {}, { meta: { progressToken: "t" }, answers });
      expect(reply.toolText).toBe("asked");
    }
    await wire.callTool("ask-in-vain");
    await listening.nextOf("notifications/tools/list_changed");
    const requests = wire.received.filter(isRequest);
    expect(requests).toHaveLength(111);
    expect(new Set(requests.map(({ id }) => id)).size).toBe(111);
    for (const { id } of requests) expect(typeof id === "string" || Number.isInteger(id)).toBe(true);
    const notifications = wire.received.filter(isNotification);
    expect(new Set(notifications.map(({ method }) => method))).toEqual(
      new Set([
        "notifications/progress",
        "notifications/message",
        "notifications/tools/list_changed",
        "notifications/cancelled",
      ]),
    );
    for (const notification of notifications) expect(notification).not.toHaveProperty("id");
  });
});

test.each(httpTransports)(
  "two servers over one store never ask a session twice with one id, over %s [2025-11-25/json-rpc/request-id-not-reused]",
  async (transport) => {
    const options = { transport, era: REVISION, sessionAdapter: new InMemorySessionAdapter() };
    const first = await openWire(makeRichServer(), options);
    const second = await openWire(makeRichServer(), { ...options, handshake: false });
    second.sessionId = first.sessionId;
    const ids = new Set<unknown>();
    for (let i = 0; i < 20; i++) {
      const wire = i % 2 === 0 ? first : second;
      const { asks } = await wire.callTool("roots", {}, { answers: { "roots/list": { roots: [] } } });
      for (const { id } of asks) ids.add(id);
    }
    expect(ids.size).toBe(20);
  },
);
