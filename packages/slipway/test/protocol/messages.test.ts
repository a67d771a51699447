import { RpcError, ToolError } from "slipway";
import { describe, expect, test } from "vitest";
import { RevisionSchema } from "../schema/index.ts";
import { type Id, isResponse, type Message, matrix, openWire, type Wire } from "../support/index.ts";
import { AGREEING, EVERY_METHOD, emptyServer, fullServer, MODERN, REVISION } from "./server.ts";

/** Every message of a run with everything in it, each with the method that it answers. */
async function mixedRun(wire: Wire, change: () => void): Promise<{ message: Message; method?: string }[]> {
  const seen: { message: Message; method?: string }[] = [];
  const use = async (method: string, params: object) => {
    const reply = await wire.request(method, params, {
      meta: { progressToken: 1, "io.modelcontextprotocol/logLevel": "debug" },
    });
    for (const message of reply.messages) seen.push(isResponse(message) ? { message, method } : { message });
  };
  const listening = await wire.listen({
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: ["test://plain"],
  });
  for (const [method, params] of EVERY_METHOD) await use(method, params);
  for (const name of [
    "nothing",
    "structured",
    "report",
    "elicit",
    "visit",
    "sample",
    "roots",
    "all",
    "throw",
    "?",
  ]) {
    await use("tools/call", { name });
  }
  await use("resources/read", { uri: "test://asking" });
  await use("resources/read", { uri: "test://nowhere" });
  await use("resources/read", { uri: "test://item/2" });
  await use("prompts/get", { name: "asking" });
  await use("no/such", {});
  change();
  for (let changes = 0; changes < 4; changes++) await listening.next();
  await wire.close();
  const { messages } = await listening.reply();
  for (const message of messages) {
    seen.push(isResponse(message) ? { message, method: "subscriptions/listen" } : { message });
  }
  return seen;
}

describe.each(matrix(MODERN))("messages over $transport", ({ transport }) => {
  const open = (server = fullServer(), options = {}) => openWire(server, { transport, ...options });

  test("a server with one tool and no options has the base protocol, versions and patterns [2026-07-28/base/supported-parts]", async () => {
    const server = emptyServer().tool("ask", {
      handler: async (_, ctx) => (await ctx.listRoots())[0]?.uri ?? "",
    });
    const wire = await open(server);
    expect((await wire.request("server/discover")).result.supportedVersions).toContain(REVISION);
    const reply = await wire.callTool("ask", {}, { answers: AGREEING });
    expect(reply.toolText).toBe("file:///home");
    expect(reply.asks).toHaveLength(1);
    const stream = await wire.listen({ toolsListChanged: true });
    server.tool("more", { handler: () => "" });
    expect((await stream.next()).method).toBe("notifications/tools/list_changed");
  });

  describe("of a run with everything in it", () => {
    const run = async () => {
      const server = fullServer();
      const wire = await open(server);
      return mixedRun(wire, () => {
        server.tool("new", { handler: () => "" });
        server.prompt("new", { handler: () => "" });
        server.resource("test://new", { handler: () => "" });
        server.notify("notifications/resources/updated", { uri: "test://plain" });
      });
    };

    test("fit the revision's schema, each as JSON-RPC 2.0 [2026-07-28/json-rpc/messages-follow-json-rpc]", async () => {
      const schema = new RevisionSchema(REVISION);
      const seen = await run();
      expect(seen.flatMap(({ message, method }) => schema.problemsOf(message, method))).toEqual([]);
      expect(seen.filter(({ message }) => message.jsonrpc !== "2.0")).toEqual([]);
      expect(seen.length).toBeGreaterThan(30);
    });

    test("are never requests [2026-07-28/patterns/no-server-requests]", async () => {
      const seen = await run();
      const asked = seen.filter(({ message }) => message.result?.resultType === "input_required");
      expect(asked).toHaveLength(7);
      expect(seen.filter(({ message }) => message.method !== undefined && "id" in message)).toEqual([]);
    });

    test("have no id where they are notifications [2026-07-28/json-rpc/notification-without-id]", async () => {
      const notifications = (await run()).filter(({ message }) => message.method !== undefined);
      const expected = [
        "notifications/progress",
        "notifications/message",
        "notifications/subscriptions/acknowledged",
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/resources/updated",
        ...(transport === "stdio" ? ["notifications/cancelled"] : []),
      ];
      expect(new Set(notifications.map(({ message }) => message.method))).toEqual(new Set(expected));
      expect(notifications.filter(({ message }) => "id" in message)).toEqual([]);
    });

    test("name a result's type wherever there is a result [2026-07-28/json-rpc/result-type]", async () => {
      const results = (await run()).flatMap(({ message }) => ("result" in message ? [message.result] : []));
      expect(new Set(results.map(({ resultType }) => resultType))).toEqual(
        new Set(["complete", "input_required"]),
      );
    });
  });

  test("text that is not JSON is a parse error, and the next message is served [2026-07-28/json-rpc/invalid-json]", async () => {
    const wire = await open();
    for (const text of ["{", "nonsense", '{"jsonrpc":"2.0","id":1,', "\u0000"]) {
      const reply = await wire.send(text).reply();
      expect(reply.error.code, text).toBe(-32700);
      expect(reply.response, text).not.toHaveProperty("id");
      if (wire.overHttp) expect(reply.status).toBe(400);
      expect((await wire.callTool("echo", { text })).toolText).toBe(text);
    }
  });

  test.each([
    ["no jsonrpc", { id: 1, method: "tools/call" }],
    ['jsonrpc "1.0"', { jsonrpc: "1.0", id: 1, method: "tools/call" }],
    ["jsonrpc 2", { jsonrpc: 2, id: 1, method: "tools/call" }],
    ["a method that is a number", { jsonrpc: "2.0", id: 1, method: 7 }],
    ["an id that is null", { jsonrpc: "2.0", id: null, method: "tools/call" }],
    ["an id with a fraction", { jsonrpc: "2.0", id: 1.5, method: "tools/call" }],
    ["an id that is an object", { jsonrpc: "2.0", id: {}, method: "tools/call" }],
    ["an id that is true", { jsonrpc: "2.0", id: true, method: "tools/call" }],
    ["params that are text", { jsonrpc: "2.0", id: 1, method: "tools/call", params: "x" }],
    ["params that are a list", { jsonrpc: "2.0", id: 1, method: "tools/call", params: [] }],
    ["neither method nor result", { jsonrpc: "2.0", id: 1 }],
    ["an empty list", []],
    ["a list of requests", "batch"],
    ["null", null],
    ["a number", 7],
  ])("%s is an invalid request, and nothing runs [2026-07-28/json-rpc/invalid-request]", async (_, given) => {
    let ran = 0;
    const wire = await open(
      emptyServer().use(async (_ctx, next) => {
        ran++;
        await next();
      }),
    );
    const params = { name: "echo", ...wire.message("tools/call", {}).params };
    const complete = (value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value) ? { params, ...value } : value;
    const body = given === "batch" ? [wire.message("tools/call", { name: "echo" })] : complete(given);
    const reply = await wire.send(JSON.stringify(body)).reply();
    expect(reply.error.code).toBe(-32600);
    if (wire.overHttp) expect(reply.status).toBe(400);
    expect(ran).toBe(0);
  });

  test("a method that is unknown, or whose capability is not offered, is not found [2026-07-28/json-rpc/unknown-method]", async () => {
    const wire = await open(emptyServer().tool("only", { handler: () => "" }));
    for (const method of [
      "no/such",
      "prompts/list",
      "prompts/get",
      "resources/read",
      "completion/complete",
      "toString",
    ]) {
      const reply = await wire.request(method, { name: "x", uri: "test://x" }, { id: method });
      expect(reply.error.code, method).toBe(-32601);
      expect(reply.response?.id).toBe(method);
    }
  });

  test("methods of earlier revisions are not found", async () => {
    const wire = await open();
    const gone = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
    for (const method of gone) expect((await wire.request(method)).error.code, method).toBe(-32601);
  });

  const ids: Id[] = [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, "", "1", "ü", "a\nb\u2028"];

  test.each(ids)(
    "a result has the id %j of its request [2026-07-28/json-rpc/response-same-id]",
    async (id) => {
      const wire = await open();
      expect((await wire.callTool("echo", {}, { id })).response?.id).toBe(id);
      expect((await wire.request("tools/list", {}, { id })).response?.id).toBe(id);
      expect((await wire.callTool("roots", {}, { id })).response?.id).toBe(id);
    },
  );

  test.each(ids)("an error has the id %j of its request [2026-07-28/json-rpc/error-same-id]", async (id) => {
    const wire = await open();
    for (const method of ["no/such", "tools/call", "resources/read"]) {
      const { response } = await wire.request(method, {}, { id });
      expect(response, method).toMatchObject({ id, error: { code: expect.any(Number) } });
    }
    const malformed = await wire.send({ jsonrpc: "2.0", id, method: "tools/list" }).reply();
    expect(malformed.response).toMatchObject({ id, error: { code: -32602 } });
  });

  test("an error has no id where the id could not be read [2026-07-28/json-rpc/error-same-id]", async () => {
    const wire = await open();
    for (const text of ['{"id":7', '{"jsonrpc":"2.0","id":{},"method":"a"}']) {
      expect((await wire.send(text).reply()).response).not.toHaveProperty("id");
    }
  });

  test("every method answers with a result that is an object [2026-07-28/json-rpc/response-has-result]", async () => {
    const wire = await open();
    for (const [method, params] of [...EVERY_METHOD, ["tools/call", { name: "nothing" }] as const]) {
      const { response } = await wire.request(method, params);
      expect(Object.keys(response ?? {}), method).toEqual(["jsonrpc", "id", "result"]);
      expect(response?.result, method).toBeTypeOf("object");
      expect(response?.result, method).not.toBeNull();
    }
  });

  test("no handler chooses the type of a result [2026-07-28/json-rpc/result-type-values]", async () => {
    const own = { resultType: "bogus", ttlMs: 7, cacheScope: "world" };
    const server = emptyServer({ extensions: { "com.example/bogus": {} } });
    server.tool("t", { handler: () => ({ content: [{ type: "text", text: "x" }], ...own }) });
    server.prompt("p", { handler: () => ({ messages: [], ...own }) });
    server.resource("test://r", { handler: () => ({ contents: [{ uri: "test://r", text: "" }], ...own }) });
    const wire = await open(server);
    for (const reply of [
      await wire.callTool("t"),
      await wire.request("prompts/get", { name: "p" }),
      await wire.request("resources/read", { uri: "test://r" }),
    ]) {
      expect(reply.result.resultType).toBe("complete");
      // Of two members of one name it is not said which one counts.
      expect(reply.text.match(/"resultType"/g)).toHaveLength(1);
      expect(reply.text).not.toMatch(/bogus"|world|"ttlMs":7/);
    }
  });

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["an empty text", ""],
    ["null", null],
    ["an error without message", new Error("")],
    ["a protocol error without message", new RpcError(4001, "")],
    ["an object", { code: 1 }],
    ["an object that cannot be shown", Object.create(null)],
  ])(
    "a handler that throws %s ends in an error with a code and a message [2026-07-28/json-rpc/error-code-and-message]",
    async (_, thrown) => {
      const fail = () => {
        throw thrown;
      };
      const server = emptyServer();
      server
        .tool("t", { handler: fail })
        .prompt("p", { handler: fail })
        .resource("test://r", { handler: fail });
      const wire = await open(server);
      const called = (await wire.callTool("t")).response;
      const said = called?.error?.message ?? called?.result.content[0].text;
      expect(said).toMatch(/./);
      for (const reply of [
        await wire.request("prompts/get", { name: "p" }),
        await wire.request("resources/read", { uri: "test://r" }),
      ]) {
        expect(reply.error.code).toSatisfy(Number.isInteger);
        expect(reply.error.message).toMatch(/./);
      }
    },
  );

  test.each<[string, unknown]>([
    ["a fraction", new RpcError(1.5, "x")],
    ["NaN", new RpcError(Number.NaN, "x")],
    ["infinity", new RpcError(Number.POSITIVE_INFINITY, "x")],
    ["text", new RpcError("ENOENT" as unknown as number, "x")],
    ["nothing", new RpcError(undefined as unknown as number, "x")],
    ["the text of an operating system's error", Object.assign(new Error("x"), { code: "ENOENT" })],
  ])(
    "a code that is %s reaches the client as an integer [2026-07-28/json-rpc/error-code-integer]",
    async (_, thrown) => {
      const fail = () => {
        throw thrown;
      };
      const wire = await open(
        emptyServer().prompt("p", { handler: fail }).resource("test://r", { handler: fail }),
      );
      for (const reply of [
        await wire.request("prompts/get", { name: "p" }),
        await wire.request("resources/read", { uri: "test://r" }),
      ]) {
        expect(reply.error.code).toBe(-32603);
      }
    },
  );

  test("an error's data that JSON cannot hold does not keep the error from the client", async () => {
    const server = emptyServer().prompt("p", {
      handler: () => {
        throw new RpcError(4001, "no", { big: 1n });
      },
    });
    const wire = await open(server);
    expect((await wire.request("prompts/get", { name: "p" })).error.code).toBe(-32603);
  });

  test("every message of an error is one short sentence [2026-07-28/json-rpc/error-message-concise]", async () => {
    const fail = (error: unknown) => () => {
      throw error;
    };
    const server = fullServer();
    server.prompt("throw", { handler: fail(new Error("a\nb. C.")) });
    server.prompt("speak", { handler: fail(new ToolError("Said.")) });
    server.prompt("typed", {
      arguments: {
        type: "object",
        properties: { n: { type: "string", pattern: "^a" } },
        required: ["n"],
      } as const,
      handler: () => "",
    });
    const wire = await open(server);
    const bare = await wire.connect({ capabilities: {} });
    const ask = (method: string, params: object, options = {}) => wire.request(method, params, options);
    const replies = [
      ...(await Promise.all(["{", "[]", "7", '{"jsonrpc":"2.0"}'].map((text) => wire.send(text).reply()))),
      await ask("no/such", {}),
      await ask("initialize", {}),
      await ask("tools/call", {}),
      await ask("tools/call", { name: "?" }),
      await ask("tools/call", { name: "echo", arguments: 7 }),
      await ask("tools/call", { name: "roots", requestState: "x" }),
      await ask("tools/call", { name: "roots", requestState: 7 }),
      await ask("tools/call", { name: "roots", requestState: "ref.x" }),
      await ask("tools/call", { name: "roots", inputResponses: 7 }),
      await ask("tools/list", { cursor: 7 }),
      await ask("tools/list", { cursor: "x" }),
      await ask("resources/read", { uri: "x" }),
      await ask("resources/read", { uri: "test://nowhere" }),
      await ask("prompts/get", { name: "?" }),
      await ask("prompts/get", { name: "plain", arguments: { a: 1 } }),
      await ask("prompts/get", { name: "typed" }),
      await ask("prompts/get", { name: "typed", arguments: { n: "b" } }),
      await ask("prompts/get", { name: "throw" }),
      await ask("prompts/get", { name: "speak" }),
      await ask("completion/complete", {}),
      await ask("completion/complete", { ref: {}, argument: { name: "a", value: "" } }),
      await ask("subscriptions/listen", {}),
      await ask("subscriptions/listen", { notifications: { resourceSubscriptions: 7 } }),
      await ask("tools/list", {}, { meta: { "io.modelcontextprotocol/protocolVersion": "1900-01-01" } }),
      await ask("tools/list", {}, { meta: { "io.modelcontextprotocol/clientCapabilities": 7 } }),
      await ask("tools/list", {}, { meta: { "io.modelcontextprotocol/logLevel": "loud" } }),
      await bare.callTool("elicit"),
      await bare.callTool("visit"),
      await bare.callTool("sample"),
      await bare.callTool("roots"),
      ...(wire.overHttp
        ? [
            await ask("tools/list", {}, { headers: { "mcp-method": null } }),
            await ask("tools/list", {}, { headers: { accept: "text/html" } }),
            await ask("tools/list", {}, { headers: { "content-type": "text/html" } }),
            await ask("tools/list", {}, { headers: { origin: "https://evil.example" } }),
            await ask("tools/list", {}, { headers: { "mcp-protocol-version": "2025-11-25" } }),
            await wire.get().reply(),
            await wire.get({ headers: { accept: "text/html" } }).reply(),
            await wire.delete(),
            await wire.exchange("PUT").reply(),
          ]
        : []),
    ];
    for (const { error } of replies) {
      expect(error.message).toMatch(/\S/);
      expect(error.message, error.message).not.toMatch(/[\r\n]|[.!?]\s+[A-Z]/);
      expect(error.message.length, error.message).toBeLessThan(300);
    }
  });

  test("a notification is not answered, whatever it is [2026-07-28/json-rpc/notification-not-answered]", async () => {
    const wire = await open();
    const before = wire.received.length;
    const meta = wire.message("tools/list").params;
    const notifications = [
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "nobody" } },
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: {} } },
      { jsonrpc: "2.0", method: "notifications/cancelled" },
      { jsonrpc: "2.0", method: "notifications/unknown", params: meta },
      { jsonrpc: "2.0", method: "notifications/unknown" },
      { jsonrpc: "2.0", method: "tools/call", params: { ...meta, name: "echo" } },
      { jsonrpc: "2.0", method: "notifications/unknown", params: [] },
      { jsonrpc: "2.0", method: "notifications/unknown", params: "x" },
      { jsonrpc: "2.0", method: "" },
    ];
    for (const notification of notifications) {
      const reply = await wire.send(notification).reply();
      expect(reply.messages.filter((message) => "id" in message || "result" in message)).toEqual([]);
      if (reply.status < 400) expect(reply.text).toBe("");
    }
    if (wire.overHttp) return;
    await wire.settle();
    expect(wire.received.slice(before)).toEqual([expect.objectContaining({ result: expect.anything() })]);
  });
});

test("a notification with the name of a method runs nothing", async () => {
  let ran = 0;
  const server = emptyServer().tool("t", { handler: () => `${++ran}` });
  const wire = await openWire(server, { transport: "stdio" });
  const { params } = wire.message("tools/call", { name: "t" });
  wire.send({ jsonrpc: "2.0", method: "tools/call", params });
  await wire.settle();
  expect(ran).toBe(0);
});
