import type { ClientCapabilities } from "slipway";
import { describe, expect, test } from "vitest";
import { type Id, META, matrix, openWire } from "../support/index.ts";
import { AGREEING, EVERY_METHOD, emptyServer, fullServer, keepingLogger, MODERN } from "./server.ts";

const WRONG_KEYS = [
  "1a/x",
  "a-/x",
  "-a/x",
  "a..b/x",
  ".a/x",
  "/x",
  "a/b/c",
  "com.example/-x",
  "x_",
  "_x",
  "com.example/x y",
  "x.",
  "ü",
];
const RIGHT_KEYS = ["x", "x-y_z.1", "9", "com.example/", "com.example/x", "a/x", "c0m.ex-ample/1"];

describe.each(matrix(MODERN))("_meta over $transport", ({ transport }) => {
  test("reserved keys of which nothing is known reach the handler as they came [2026-07-28/meta/reserved-keys-not-presumed]", async () => {
    const unknown = Object.fromEntries(
      [null, true, 0, -1.5, "text", [1, [2]], { a: { b: null } }].flatMap((value, i) => [
        [`io.modelcontextprotocol/unknown${i}`, value],
        [`com.mcp.tools/unknown${i}`, value],
        [`dev.mcp/unknown${i}`, value],
      ]),
    );
    let seen: unknown;
    const server = emptyServer().tool("t", {
      handler: (_, ctx) => {
        seen = ctx.request.params?.["_meta"];
        return "served";
      },
    });
    const wire = await openWire(server, { transport });
    for (const method of ["server/discover", "tools/list"]) {
      expect((await wire.request(method, {}, { meta: unknown })).result.resultType).toBe("complete");
    }
    expect((await wire.callTool("t", {}, { meta: unknown })).toolText).toBe("served");
    expect(seen).toMatchObject(unknown);
  });

  const key = "the keys of a result's _meta are held to the format, and the author is told";
  test(`${key} [2026-07-28/meta/prefix-format] [2026-07-28/meta/name-format]`, async () => {
    const { logger, entries } = keepingLogger();
    const block = (meta: object) => ({ type: "text" as const, text: "x", _meta: { ...meta } });
    const metaOf = (args: { [name: string]: unknown } | undefined) => ({ [String(args?.["key"])]: 1 });
    const server = emptyServer({ logger })
      .tool("result", { handler: (_, ctx) => ({ content: [], _meta: metaOf(ctx.request.params) }) })
      .tool("structured", {
        handler: (_, ctx) => ({ structuredContent: 1, _meta: metaOf(ctx.request.params) }),
      })
      .tool("block", { handler: (_, ctx) => block(metaOf(ctx.request.params)) })
      .prompt("result", { handler: (_, ctx) => ({ messages: [], _meta: metaOf(ctx.request.params) }) })
      .prompt("block", {
        handler: (_, ctx) => [{ role: "user", content: block(metaOf(ctx.request.params)) }],
      })
      .resource("test://result", {
        handler: (uri, _, ctx) => ({
          contents: [{ uri: uri.href, text: "" }],
          _meta: metaOf(ctx.request.params),
        }),
      })
      .resource("test://contents", {
        handler: (uri, _, ctx) => ({ uri: uri.href, text: "", _meta: metaOf(ctx.request.params) }),
      });
    const wire = await openWire(server, { transport });
    const requests = [
      ["tools/call", { name: "result" }],
      ["tools/call", { name: "structured" }],
      ["tools/call", { name: "block" }],
      ["prompts/get", { name: "result" }],
      ["prompts/get", { name: "block" }],
      ["resources/read", { uri: "test://result" }],
      ["resources/read", { uri: "test://contents" }],
    ] as const;
    for (const [method, params] of requests) {
      for (const name of WRONG_KEYS) {
        entries.length = 0;
        const { response, text } = await wire.request(method, { ...params, key: name });
        expect(response?.error?.code ?? response?.result.isError, `${method} ${name}`).toSatisfy(
          (failed) => failed === -32603 || failed === true,
        );
        expect(text).not.toContain(JSON.stringify(name));
        expect(entries.map(({ details }) => String(details[0])).join()).toContain(JSON.stringify(name));
      }
      for (const name of RIGHT_KEYS) {
        const { text } = await wire.request(method, { ...params, key: name });
        expect(text, `${method} ${name}`).toContain(`${JSON.stringify(name)}:1`);
      }
    }
  });

  test("each key that the runtime writes is the specification's own, or has a reverse DNS prefix [2026-07-28/meta/prefix-reverse-dns]", async () => {
    const server = fullServer();
    const wire = await openWire(server, { transport });
    const listening = await wire.listen({ toolsListChanged: true });
    server.tool("new", { handler: () => "" });
    await listening.next();
    for (const [method, params] of EVERY_METHOD) await wire.request(method, params);
    await wire.callTool("elicit", {}, { answers: AGREEING });
    const metas = wire.received.flatMap((message) => [message.params?._meta, message.result?._meta]);
    const keys = new Set(metas.flatMap((meta) => Object.keys(meta ?? {})));
    expect(keys).toEqual(new Set([META.serverInfo, META.subscriptionId]));
  });

  test.each<[string, { [key: string]: unknown } | null, RegExp]>([
    ["no _meta", null, /_meta/],
    ["no protocolVersion", { [META.protocolVersion]: undefined }, /protocolVersion/],
    ["no clientCapabilities", { [META.clientCapabilities]: undefined }, /clientCapabilities/],
    ["a protocolVersion that is a number", { [META.protocolVersion]: 20260728 }, /protocolVersion/],
    ["a protocolVersion that is null", { [META.protocolVersion]: null }, /protocolVersion/],
    ["clientCapabilities that are a list", { [META.clientCapabilities]: [] }, /clientCapabilities/],
    ["clientCapabilities that are null", { [META.clientCapabilities]: null }, /clientCapabilities/],
  ])(
    "a request with %s is refused, and the field named [2026-07-28/meta/required-fields] [2026-07-28/meta/required-fields-400]",
    async (_, meta, named) => {
      let ran = 0;
      const wire = await openWire(
        emptyServer().use(async (_ctx, next) => {
          ran++;
          await next();
        }),
        { transport },
      );
      // Whatever the body says, these are the headers of a modern request.
      const headers = { "mcp-protocol-version": wire.revision };
      for (const method of ["server/discover", "tools/list", "tools/call", "subscriptions/listen"]) {
        const reply = await wire.request(method, { name: "t" }, wire.overHttp ? { meta, headers } : { meta });
        expect(reply.error.code, method).toBe(-32602);
        expect(reply.error.message).toMatch(named);
        expect(reply.status).toBe(wire.overHttp ? 400 : 0);
      }
      expect(ran).toBe(0);
    },
  );

  test("a request without params is refused [2026-07-28/meta/required-fields] [2026-07-28/meta/required-fields-400]", async () => {
    const wire = await openWire(fullServer(), { transport });
    for (const message of [
      { params: undefined },
      { params: {} },
      { params: { _meta: 7 } },
      { params: { _meta: [] } },
    ]) {
      const reply = await wire.send({ jsonrpc: "2.0", id: 1, method: "tools/list", ...message }).reply();
      expect(reply.error.code).toBe(-32602);
      expect(reply.error.message).toMatch(/_meta/);
      expect(reply.status).toBe(wire.overHttp ? 400 : 0);
    }
  });

  const needs: [string, ClientCapabilities, object][] = [
    ["elicit", {}, { elicitation: {} }],
    ["elicit", { sampling: {}, roots: {}, elicitation: { url: {} } }, { elicitation: {} }],
    ["visit", {}, { elicitation: { url: {} } }],
    ["visit", { elicitation: {} }, { elicitation: { url: {} } }],
    ["visit", { elicitation: { form: {} } }, { elicitation: { url: {} } }],
    ["sample", { elicitation: {}, roots: {} }, { sampling: {} }],
    ["sample with tools", { sampling: {} }, { sampling: { tools: {} } }],
    ["roots", { elicitation: {}, sampling: {} }, { roots: {} }],
  ];
  test.each(needs)(
    "%s, of a client with %j, is not asked, and says that it needs %j [2026-07-28/meta/undeclared-capabilities-unused] [2026-07-28/meta/missing-capability] [2026-07-28/meta/missing-capability-400]",
    async (name, capabilities, requiredCapabilities) => {
      const server = fullServer().tool("sample with tools", {
        handler: async (_, ctx) => {
          const messages = [{ role: "user" as const, content: { type: "text" as const, text: "?" } }];
          const tools = [{ name: "t", inputSchema: { type: "object" } }];
          await ctx.sample({ messages, maxTokens: 1, tools });
          return "sampled";
        },
      });
      const wire = await openWire(server, { transport, capabilities });
      const reply = await wire.callTool(name);
      expect(reply.error).toMatchObject({ code: -32021, data: { requiredCapabilities } });
      expect(Object.keys(reply.error.data)).toEqual(["requiredCapabilities"]);
      expect(reply.error.data.requiredCapabilities).toEqual(requiredCapabilities);
      expect(reply.status).toBe(wire.overHttp ? 400 : 0);
    },
  );

  test("a missing capability has its status also when the handler did something before [2026-07-28/meta/missing-capability-400]", async () => {
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.step("look", async () => 1);
        await new Promise((resolve) => setImmediate(resolve));
        return ctx.listRoots();
      },
    });
    const wire = await openWire(server, { transport, capabilities: {} });
    const reply = await wire.callTool("t");
    expect(reply.error.code).toBe(-32021);
    expect(reply.status).toBe(wire.overHttp ? 400 : 0);
  });

  test("a handler learns what the client of this request can do [2026-07-28/meta/undeclared-capabilities-unused]", async () => {
    const server = emptyServer().tool("t", {
      handler: (_, { client }) =>
        (["elicitation", "elicitation.url", "sampling", "sampling.tools", "roots"] as const)
          .filter((feature) => client.supports(feature))
          .join(" "),
    });
    const wire = await openWire(server, { transport });
    const said = async (capabilities: ClientCapabilities) =>
      (await (await wire.connect({ capabilities })).callTool("t")).toolText;
    expect(await said({})).toBe("");
    expect(await said({ elicitation: {} })).toBe("elicitation");
    expect(await said({ elicitation: { url: {} } })).toBe("elicitation.url");
    expect(await said({ sampling: {}, roots: {} })).toBe("sampling roots");
    expect(await said(wire.capabilities)).toBe("elicitation elicitation.url sampling sampling.tools roots");
  });

  test("every result names the server [2026-07-28/meta/server-info]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const listening = await wire.listen({ toolsListChanged: true });
    const info = { name: "under test", version: "1.2.3" };
    for (const [method, params] of EVERY_METHOD) {
      expect((await wire.request(method, params)).result._meta[META.serverInfo], method).toEqual(info);
    }
    for (const name of ["elicit", "throw", "nothing"]) {
      expect((await wire.callTool(name)).result._meta[META.serverInfo], name).toEqual(info);
    }
    await wire.close();
    expect((await listening.reply()).result._meta[META.serverInfo]).toEqual(info);
  });

  test("what a handler puts into _meta stands beside the server's name [2026-07-28/meta/server-info]", async () => {
    const own = { "com.example/a": [1], [META.serverInfo]: { name: "other", version: "0" } };
    const server = emptyServer().tool("t", { handler: () => ({ content: [], _meta: own }) });
    const wire = await openWire(server, { transport });
    expect((await wire.callTool("t")).result._meta).toMatchObject({ "com.example/a": [1] });
  });

  test("what a client says of itself changes no answer [2026-07-28/meta/client-info-changes-nothing]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const infos = [
      { name: "claude", version: "1" },
      { name: "under test", version: "1.2.3", title: "T", websiteUrl: "https://example.com" },
      { name: "", version: "" },
      undefined,
    ];
    const requests = [...EVERY_METHOD, ["tools/call", { name: "?" }] as const, ["no/such", {}] as const];
    const answers = [];
    for (const clientInfo of infos) {
      const replies = [];
      for (const [method, params] of requests) {
        const reply = await wire.request(method, params, {
          id: "same",
          meta: { [META.clientInfo]: clientInfo },
        });
        replies.push([reply.status, reply.text]);
      }
      answers.push(replies);
    }
    for (const other of answers.slice(1)) expect(other).toEqual(answers[0]);
  });

  test.each<Id>([7, "seven", 0, ""])(
    "each notification of the subscription %j carries its id [2026-07-28/meta/subscription-id]",
    async (id) => {
      const server = fullServer();
      const wire = await openWire(server, { transport });
      const filter = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
      const stream = await wire.listen({ ...filter, resourceSubscriptions: ["test://plain"] }, { id });
      server.tool("new", { handler: () => "" }).prompt("new", { handler: () => "" });
      server.resource("test://new", { handler: () => "" });
      server.notify("notifications/resources/updated", { uri: "test://plain" });
      for (let changes = 0; changes < 4; changes++) await stream.next();
      const { messages } = stream;
      expect(messages.items.map(({ method }) => method).sort()).toEqual([
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/resources/updated",
        "notifications/subscriptions/acknowledged",
        "notifications/tools/list_changed",
      ]);
      for (const { params } of messages.items) expect(params._meta[META.subscriptionId]).toBe(id);
    },
  );

  test("an extension that the server supports is in its capabilities [2026-07-28/meta/extension-identifier]", async () => {
    const extensions = { "com.example/ui": { mimeTypes: ["text/html"] }, "io.modelcontextprotocol/x": {} };
    const wire = await openWire(emptyServer({ extensions }), { transport });
    expect((await wire.request("server/discover")).result.capabilities.extensions).toEqual(extensions);
    const without = await openWire(emptyServer(), { transport });
    expect((await without.request("server/discover")).result.capabilities).not.toHaveProperty("extensions");
  });
});

describe("a definition's _meta", () => {
  test.each(WRONG_KEYS)(
    "must not have the key %j [2026-07-28/meta/prefix-format] [2026-07-28/meta/name-format]",
    (key) => {
      const handler = () => "";
      const _meta = { [key]: 1 };
      const named = JSON.stringify(key);
      expect(() => emptyServer().tool("t", { _meta, handler })).toThrow(named);
      expect(() => emptyServer().prompt("p", { _meta, handler })).toThrow(named);
      expect(() => emptyServer().resource("test://r", { _meta, handler })).toThrow(named);
      expect(() => emptyServer().resource("test://{r}", { _meta, handler })).toThrow(named);
    },
  );

  test.each(RIGHT_KEYS)(
    "may have the key %j, and is listed [2026-07-28/meta/prefix-format] [2026-07-28/meta/name-format]",
    async (key) => {
      const handler = () => "";
      const _meta = { [key]: { any: [1] } };
      const server = emptyServer().tool("t", { _meta, handler }).prompt("p", { _meta, handler });
      server.resource("test://r", { _meta, handler }).resource("test://{r}", { _meta, handler });
      const wire = await openWire(server, { transport: "fetch" });
      for (const [list, member] of [
        ["tools/list", "tools"],
        ["prompts/list", "prompts"],
        ["resources/list", "resources"],
        ["resources/templates/list", "resourceTemplates"],
      ] as const) {
        expect((await wire.request(list)).result[member][0]._meta).toEqual(_meta);
      }
    },
  );
});

test.each(["ui", "", "/ui", "-a/b", "1.x/y", "com.example/-", "com example/ui"])(
  "an extension cannot be called %j [2026-07-28/meta/extension-identifier]",
  (identifier) => {
    expect(() => emptyServer({ extensions: { [identifier]: {} } })).toThrow(JSON.stringify(identifier));
  },
);

test("what a client says of itself is no proof of who it is [2026-07-28/meta/client-info-is-no-identity]", async () => {
  const alice = { subject: "alice" };
  const same = { name: "same", version: "1" };
  for (const transport of ["node", "fetch"] as const) {
    const wire = await openWire(fullServer(), { transport, principal: alice, clientInfo: same });
    const asked = (await wire.callTool("elicit")).result;
    const inputResponses = { [Object.keys(asked.inputRequests)[0] ?? ""]: { action: "decline" } };
    const retry = { name: "elicit", requestState: asked.requestState, inputResponses };
    const bob = await wire.connect({ principal: { subject: "bob" }, clientInfo: same });
    expect((await bob.request("tools/call", retry)).error.code).toBe(-32602);
    const renamed = await wire.connect({ principal: alice, clientInfo: { name: "renamed", version: "2" } });
    expect((await renamed.request("tools/call", retry)).toolText).toBe("decline");
  }
});
