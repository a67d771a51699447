import { McpServer, type Principal, ToolError } from "slipway";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { httpTransports, matrix, openWire } from "../support/index.ts";

const info = { name: "shop", version: "1.0.0" };
const alice: Principal = { subject: "alice", scopes: ["admin"] };
const bob: Principal = { subject: "bob" };
const isAdmin = (principal: Principal | undefined) => principal?.scopes?.includes("admin") ?? false;

const quantity = { type: "integer", minimum: 1 } as const;
const orderSchema = {
  type: "object",
  properties: { item: { type: "string" }, quantity },
  required: ["item"],
  additionalProperties: false,
} as const;

function quietServer() {
  return new McpServer({ ...info, logger: recordingLogger() });
}

describe.each(matrix())("tools in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer) => openWire(server, { transport, era: revision });
  const capabilitiesOf = async (server: McpServer) => {
    const wire = await open(server);
    const reply = era === "legacy" ? wire.initialized : await wire.request("server/discover");
    return reply?.result.capabilities;
  };

  test(`are declared where there are some [${revision}/tools/capability-declared]`, async () => {
    const own = new McpServer(info).tool("a", { handler: () => "" });
    const mounting = new McpServer(info).group("shop", new McpServer(info).tool("a", { handler: () => "" }));
    expect(await capabilitiesOf(own)).toMatchObject({ tools: { listChanged: true } });
    expect(await capabilitiesOf(mounting)).toMatchObject({ tools: { listChanged: true } });
    expect(await capabilitiesOf(new McpServer(info))).not.toHaveProperty("tools");
  });

  test(`a change of the list is told once to each listener [${revision}/tools/list-changed]`, async () => {
    const server = new McpServer(info).tool("a", { handler: () => "" });
    const wire = await open(server);
    const streams = [await wire.listen({ toolsListChanged: true })];
    if (transport !== "stdio") {
      streams.push(await (await wire.connect({ era: revision })).listen({ toolsListChanged: true }));
    }
    const changes = [
      () => server.tool("b", { handler: () => "" }).tool("c", { handler: () => "" }),
      () => server.tools.remove("b"),
      () => server.tools.disable("c"),
      () => server.tools.enable("c"),
    ];
    for (const change of changes) {
      change();
      for (const stream of streams) {
        expect((await stream.next()).method).toBe("notifications/tools/list_changed");
      }
    }
    server.notify("notifications/tools/list_changed");
    for (const stream of streams) {
      expect((await stream.next()).method).toBe("notifications/tools/list_changed");
      const told = stream.messages.items.filter(
        ({ method }) => method === "notifications/tools/list_changed",
      );
      expect(told).toHaveLength(changes.length + 1);
    }
  });

  test(`every listed input schema is one of objects, that of a tool without parameters one of empty objects [${revision}/tools/input-schema-is-object] [${revision}/tools/no-parameters]`, async () => {
    const server = new McpServer(info)
      .tool("bare", { handler: () => "" })
      .tool("json", { inputSchema: orderSchema, handler: () => "" })
      .tool("zod", { inputSchema: z.object({ a: z.number() }), handler: () => "" });
    const wire = await open(server);
    const { tools } = (await wire.request("tools/list")).result;
    expect(tools.map((tool: { inputSchema: object }) => tool.inputSchema)).toEqual([
      { type: "object", additionalProperties: false },
      orderSchema,
      expect.objectContaining({ type: "object" }),
    ]);
  });

  test(`names that differ in case are different tools [${revision}/tools/name-case-sensitive]`, async () => {
    const server = new McpServer(info)
      .tool("getUser", { handler: () => "the first" })
      .tool("getuser", { handler: () => "the second" });
    const wire = await open(server);
    expect((await wire.callTool("getUser")).toolText).toBe("the first");
    expect((await wire.callTool("getuser")).toolText).toBe("the second");
    expect((await wire.callTool("GETUSER")).error.code).toBe(-32602);
  });

  test(`a name stands once in the list, also with mounted servers [${revision}/tools/name-unique]`, async () => {
    const mounted = quietServer()
      .tool("a", { handler: () => "mounted" })
      .tool("b", { handler: () => "b" });
    const server = quietServer()
      .tool("a", { handler: () => "own" })
      .group(mounted)
      .group(mounted);
    const wire = await open(server);
    const { tools } = (await wire.request("tools/list")).result;
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    expect((await wire.callTool("a")).toolText).toBe("own");
  });

  test(`an object is sent as structured content and as text [${revision}/tools/structured-content-as-text]`, async () => {
    const order = { item: "tea", quantity: 2, tags: ["a", { b: null }] };
    const wire = await open(
      new McpServer(info)
        .tool("plain", { handler: () => order })
        .tool("schema", { outputSchema: z.looseObject({ item: z.string() }), handler: () => order }),
    );
    for (const name of ["plain", "schema"]) {
      const reply = await wire.callTool(name);
      expect(reply.result.structuredContent).toEqual(order);
      expect(JSON.parse(reply.toolText)).toEqual(order);
    }
  });

  test(`a result that breaks the output schema is not sent, and an error needs none [${revision}/tools/output-conforms]`, async () => {
    const outputSchema = z.object({ total: z.number() });
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger })
      .tool("wrong", { outputSchema, handler: () => ({ total: "secret" }) as never })
      .tool("text", { outputSchema, handler: () => "secret" as never })
      .tool("failed", {
        outputSchema,
        handler: () => ({ content: [{ type: "text", text: "sold out" }], isError: true }),
      })
      .tool("thrown", {
        outputSchema,
        handler: () => {
          throw new ToolError("sold out");
        },
      })
      .tool("right", { outputSchema, handler: () => ({ total: 1 }) });
    const wire = await open(server);
    for (const name of ["wrong", "text"]) {
      const reply = await wire.callTool(name);
      expect(reply.result).toMatchObject({ isError: true });
      expect(reply.result).not.toHaveProperty("structuredContent");
      expect(reply.toolText).toMatch(/^Internal error \(reference [0-9a-f-]{36}\)$/);
    }
    expect(logger.text()).toContain('The handler of "wrong" returned what does not fit its output schema');
    for (const name of ["failed", "thrown"]) {
      expect((await wire.callTool(name)).result).toMatchObject({
        isError: true,
        content: [{ type: "text", text: "sold out" }],
      });
    }
    expect((await wire.callTool("right")).result.structuredContent).toEqual({ total: 1 });
  });

  test(`what a tool says of its failure is a result and no protocol error [${revision}/tools/errors-in-result]`, async () => {
    const fail = () => {
      throw new ToolError("The item is sold out. Ask for another one.");
    };
    const wire = await open(
      new McpServer(info).tool("sync", { handler: fail }).tool("async", { handler: async () => fail() }),
    );
    for (const name of ["sync", "async"]) {
      const { response } = await wire.callTool(name);
      expect(response).not.toHaveProperty("error");
      expect(response?.result).toMatchObject({
        isError: true,
        content: [{ type: "text", text: "The item is sold out. Ask for another one." }],
      });
    }
  });

  test(`an unknown tool is a protocol error that names it [${revision}/tools/unknown-tool]`, async () => {
    const wire = await open(new McpServer(info).tool("a", { handler: () => "" }));
    for (const name of ["nope", "constructor", "__proto__", "toString", "hasOwnProperty"]) {
      const { error } = await wire.callTool(name);
      expect(error).toMatchObject({ code: -32602, message: `Unknown tool: ${name}` });
    }
    expect((await wire.callTool("")).error).toMatchObject({ code: -32602, message: "Unknown tool: " });
  });

  test(`a call that is none is a protocol error [${revision}/tools/malformed-call]`, async () => {
    let runs = 0;
    const server = new McpServer(info).tool("a", { handler: () => `${++runs}` });
    const wire = await open(server);
    const malformed = [
      { name: 7 },
      {},
      { name: null },
      { name: ["a"] },
      { name: "a", arguments: [] },
      { name: "a", arguments: "x" },
      { name: "a", arguments: null },
    ];
    for (const params of malformed) {
      expect((await wire.request("tools/call", params)).error.code, JSON.stringify(params)).toBe(-32602);
    }
    expect(runs).toBe(0);
  });

  test(`arguments that do not fit are told to the model, by path and expectation [${revision}/tools/invalid-arguments-in-result]`, async () => {
    const strict = z.strictObject({ item: z.string(), size: z.object({ cm: z.number() }) });
    const wire = await open(
      new McpServer(info)
        .tool("json", { inputSchema: orderSchema, handler: () => "" })
        .tool("zod", { inputSchema: strict, handler: () => "" }),
    );
    const json = await wire.callTool("json", { quantity: "two", colour: "red" });
    expect(json.result.isError).toBe(true);
    expect(json.toolText).toMatch(/"item"|required/i);
    expect(json.toolText).toMatch(/quantity: .*(integer|number)/i);
    expect(json.toolText).toMatch(/colour: Not allowed here/);
    const zod = await wire.callTool("zod", { size: { cm: "5" }, colour: "red" });
    expect(zod.result.isError).toBe(true);
    expect(zod.toolText).toMatch(/^- item: .*expected string/m);
    expect(zod.toolText).toMatch(/^- size\.cm: .*expected number/m);
    expect(zod.toolText).toMatch(/colour/);
  });

  test(`no handler sees arguments that do not fit [${revision}/tools/inputs-validated]`, async () => {
    const seen: unknown[] = [];
    const handler = (args: unknown) => {
      seen.push(args);
      return "ran";
    };
    const wire = await open(
      new McpServer(info)
        .tool("json", { inputSchema: orderSchema, handler })
        .tool("zod", { inputSchema: z.object({ n: z.number() }), handler })
        .tool("later", {
          inputSchema: z.object({ n: z.number().refine(async (n) => n > 0) }),
          handler,
        })
        .tool("bare", { handler }),
    );
    const refused: [string, object][] = [
      ["json", {}],
      ["json", { item: "tea", quantity: 0 }],
      ["json", { item: "tea", quantity: 1.5 }],
      ["zod", { n: "1" }],
      ["later", { n: 0 }],
      ["bare", { anything: 1 }],
    ];
    for (const [name, args] of refused) {
      expect((await wire.callTool(name, args)).result.isError, `${name} ${JSON.stringify(args)}`).toBe(true);
    }
    expect(seen).toEqual([]);
    for (const [name, args] of [
      ["json", { item: "tea" }],
      ["zod", { n: 1 }],
      ["later", { n: 1 }],
      ["bare", {}],
    ] as const) {
      expect((await wire.callTool(name, args)).toolText).toBe("ran");
    }
    expect((await wire.callTool("bare")).toolText).toBe("ran");
    expect(seen).toEqual([{ item: "tea" }, { n: 1 }, { n: 1 }, {}, {}]);
  });

  test(`nothing that a handler threw or malformed reaches the client [${revision}/tools/outputs-sanitised]`, async () => {
    const logger = recordingLogger();
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const returned: { [name: string]: () => unknown } = {
      throws: () => {
        throw new Error("password=hunter2 at /etc/shop/secrets.json");
      },
      rejects: async () => {
        throw Object.assign(new Error("hunter2"), { code: -32001, data: "hunter2" });
      },
      throwsText: () => {
        throw "hunter2";
      },
      unknownType: () => ({ content: [{ type: "video", data: "hunter2" }] }),
      unknownBeside: () => [{ type: "text", text: "hunter2" }, { type: "video" }],
      noText: () => ({ content: [{ type: "text", text: 7, hunter2: true }] }),
      notBase64: () => ({ type: "image", data: "hunter2%", mimeType: "image/png" }),
      noMimeType: () => ({ type: "audio", data: "aHVudGVyMg==" }),
      badLink: () => ({ type: "resource_link", uri: "hunter2", name: "x" }),
      badResource: () => ({ type: "resource", resource: { uri: "x://hunter2" } }),
      cyclic: () => cyclic,
      bigint: () => ({ hunter2: 1n }),
      cyclicInMeta: () => ({ content: [{ type: "text", text: "hunter2" }], _meta: cyclic }),
      bigintBesideContent: () => ({ content: [], structuredContent: { hunter2: 1n } }),
    };
    const server = new McpServer({ ...info, logger });
    for (const [name, handler] of Object.entries(returned)) server.tool(name, { handler: handler as never });
    const wire = await open(server);
    for (const name of Object.keys(returned)) {
      const reply = await wire.callTool(name);
      const text = reply.response?.error?.message ?? reply.toolText;
      const [, reference] = /^Internal error \(reference ([0-9a-f-]{36})\)$/.exec(text) ?? [];
      expect(reference, `${name}: ${reply.text}${text}`).toBeDefined();
      expect(JSON.stringify(reply.messages), name).not.toMatch(/hunter2|secrets|at .*\.ts/);
      expect(logger.text(), name).toContain(reference);
    }
    expect((await wire.request("tools/list")).result.tools).toHaveLength(Object.keys(returned).length);
  });
});

describe.each(matrix({ transports: httpTransports }))(
  "tools for some callers in $revision over $transport",
  ({ transport, revision }) => {
    test(`a tool that a caller may not use is neither listed nor known [${revision}/tools/access-controlled]`, async () => {
      let runs = 0;
      const server = new McpServer(info)
        .tool("shut_down", { visible: isAdmin, handler: () => `ran ${++runs}` })
        .tool("refund", {
          inputSchema: z.object({ amount: z.number() }),
          handler: ({ amount }) => `refunded ${amount} ${++runs}`,
        });
      server.use(async (ctx, next) => {
        const { name, arguments: args } = (ctx.request.params ?? {}) as {
          name?: string;
          arguments?: { amount: number };
        };
        if (name === "refund" && (args?.amount ?? 0) > 10 && !isAdmin(ctx.auth)) {
          return {
            kind: "complete",
            result: { content: [{ type: "text", text: "Too much for you." }], isError: true },
          };
        }
        return next();
      });
      const admin = await openWire(server, { transport, era: revision, principal: alice });
      const other = await admin.connect({ era: revision, principal: bob });
      const nobody = await admin.connect({ era: revision });
      const namesFor = async (wire: typeof admin) =>
        (await wire.request("tools/list")).result.tools.map(({ name }: { name: string }) => name);

      expect(await namesFor(other)).toEqual(["refund"]);
      expect(await namesFor(admin)).toEqual(["refund", "shut_down"]);
      expect(await namesFor(nobody)).toEqual(["refund"]);
      const unknown = (await other.callTool("unheard_of")).error;
      expect((await other.callTool("shut_down")).error).toEqual({
        ...unknown,
        message: unknown.message.replace("unheard_of", "shut_down"),
      });
      expect((await nobody.callTool("shut_down")).error.code).toBe(-32602);
      expect(runs).toBe(0);
      expect((await admin.callTool("shut_down")).toolText).toBe("ran 1");

      expect((await other.callTool("refund", { amount: 11 })).toolText).toBe("Too much for you.");
      expect(runs).toBe(1);
      expect((await other.callTool("refund", { amount: 10 })).toolText).toBe("refunded 10 2");
      expect((await admin.callTool("refund", { amount: 11 })).toolText).toBe("refunded 11 3");
    });
  },
);

describe.each(matrix({ revisions: ["2026-07-28"] }))(
  "lists of tools in $revision over $transport",
  ({ transport, revision }) => {
    test(`a list whose last tool was removed is empty [${revision}/tools/list-answered]`, async () => {
      const server = new McpServer(info).tool("only", { handler: () => "" });
      const wire = await openWire(server, { transport, era: revision });
      expect((await wire.request("tools/list")).result.tools).toHaveLength(1);
      server.tools.remove("only");
      expect((await wire.request("tools/list")).result.tools).toEqual([]);
      expect((await wire.request("server/discover")).result.capabilities).toHaveProperty("tools");
    });

    test(`the list is the same on every connection, before and after calls [${revision}/tools/list-independent-of-connection]`, async () => {
      const make = () =>
        new McpServer(info)
          .tool("b", { handler: () => "" })
          .tool("a", { handler: (_args, ctx) => `${ctx.client.info?.name}` });
      const wire = await openWire(make(), { transport, era: revision });
      const list = async (on: typeof wire) =>
        JSON.stringify((await on.request("tools/list", {}, { id: "same" })).result);
      const first = await list(wire);
      await wire.callTool("a");
      await wire.callTool("nope");
      expect(await list(wire)).toBe(first);
      for (let i = 0; i < 3; i++) {
        const other = await wire.connect({ capabilities: {}, clientInfo: { name: `c${i}`, version: "1" } });
        expect(await list(other)).toBe(first);
      }
      expect(await list(await openWire(make(), { transport, era: revision }))).toBe(first);
    });

    test(`the order is the same whatever was added when [${revision}/tools/deterministic-order]`, async () => {
      const handler = () => "";
      const names = ["b", "a", "mounted_c", "B"];
      const servers = [
        new McpServer(info)
          .tool("b", { handler })
          .tool("a", { handler })
          .tool("B", { handler })
          .group("mounted", new McpServer(info).tool("c", { handler })),
        new McpServer(info)
          .group("mounted", new McpServer(info).tool("c", { handler }))
          .tool("B", { handler })
          .tool("a", { handler })
          .tool("b", { handler }),
      ];
      const listed: string[][] = [];
      for (const server of servers) {
        const wire = await openWire(server, { transport, era: revision });
        const list = async () =>
          (await wire.request("tools/list")).result.tools.map(({ name }: { name: string }) => name);
        listed.push(await list());
        server.tools.remove("a");
        server.tool("a", { handler });
        listed.push(await list());
      }
      expect(listed[0]?.toSorted()).toEqual(names.toSorted());
      for (const list of listed) expect(list).toEqual(listed[0]);
    });

    test(`equal names of mounted servers are told apart by prefixes, also where the servers' names are equal [${revision}/tools/aggregation-disambiguated] [${revision}/tools/aggregation-not-by-server-name]`, async () => {
      const logger = recordingLogger();
      const search = (of: string) => new McpServer(info).tool("search", { handler: () => of });
      const server = new McpServer({ ...info, logger })
        .group("web", search("the web"))
        .group({ suffix: "mail" }, search("the mail"))
        .group(search("neither"));
      const wire = await openWire(server, { transport, era: revision });
      const { tools } = (await wire.request("tools/list")).result;
      expect(tools.map(({ name }: { name: string }) => name)).toEqual([
        "search",
        "search_mail",
        "web_search",
      ]);
      expect((await wire.callTool("web_search")).toolText).toBe("the web");
      expect((await wire.callTool("search_mail")).toolText).toBe("the mail");
      expect((await wire.callTool("search")).toolText).toBe("neither");
      expect(logger.lines).toEqual([]);
      server.group(search("hidden"));
      expect(logger.lines).toMatchObject([{ level: "warn" }]);
      expect(logger.text()).toMatch(
        /"search" of a mounted server is hidden.*Give the mounted server a prefix/,
      );
    });

    test(`any JSON value is sent as structured content and as text [${revision}/tools/structured-content-as-text]`, async () => {
      const server = new McpServer(info);
      const values = { array: [1, "two", null], number: 4.5, nothing: null, truth: false, empty: [] };
      for (const [name, value] of Object.entries(values)) server.tool(name, { handler: () => value });
      const wire = await openWire(server, { transport, era: revision });
      for (const [name, value] of Object.entries(values)) {
        const reply = await wire.callTool(name);
        expect(reply.result.structuredContent).toEqual(value);
        expect(JSON.parse(reply.toolText)).toEqual(value);
      }
    });
  },
);

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "structured results in $revision over $transport",
  ({ transport, revision }) => {
    test(`values that are no objects are sent as text only [${revision}/tools/structured-content-is-object]`, async () => {
      const server = new McpServer(info);
      const values = { array: [1, "two"], number: 4.5, nothing: null };
      for (const [name, value] of Object.entries(values)) server.tool(name, { handler: () => value });
      server.tool("schema", { outputSchema: z.array(z.number()), handler: () => [1] });
      const wire = await openWire(server, { transport, era: revision });
      for (const [name, value] of Object.entries({ ...values, schema: [1] })) {
        const reply = await wire.callTool(name);
        expect(reply.result).not.toHaveProperty("structuredContent");
        expect(JSON.parse(reply.toolText)).toEqual(value);
      }
      // A tool whose results are no objects cannot promise a schema to these clients either.
      const { tools } = (await wire.request("tools/list")).result;
      expect(tools.find(({ name }: { name: string }) => name === "schema")).not.toHaveProperty(
        "outputSchema",
      );
    });
  },
);

describe("the registration of a tool", () => {
  const handler = () => "";

  test("refuses an input schema that is none of objects [2025-11-25/tools/input-schema-is-object] [2026-07-28/tools/input-schema-is-object]", () => {
    for (const inputSchema of [null, "x", [], 7, true, { type: "string" }, {}, z.string()]) {
      expect(
        () => new McpServer(info).tool("a", { inputSchema: inputSchema as never, handler }),
        JSON.stringify(inputSchema),
      ).toThrow(/inputSchema of the tool "a"/);
    }
  });

  test("takes names of 1 to 128 characters without a word, refuses none, and warns of longer ones [2025-11-25/tools/name-length] [2026-07-28/tools/name-length]", () => {
    const logger = recordingLogger();
    const server = new McpServer({ ...info, logger });
    expect(() => server.tool("", { handler })).toThrow("A tool needs a name that is not empty.");
    server.tool("a", { handler }).tool("a".repeat(128), { handler });
    expect(logger.lines).toEqual([]);
    server.tool("a".repeat(129), { handler });
    expect(logger.lines).toMatchObject([{ level: "warn", message: expect.stringContaining("1 to 128 of") }]);
  });

  test.each(["ä", "a/b", "a@b", "get user", "a,b", "a\n", "{a}"])(
    "warns of the name %j, which some clients refuse [2025-11-25/tools/name-characters] [2026-07-28/tools/name-characters] [2025-11-25/tools/name-without-spaces] [2026-07-28/tools/name-without-spaces]",
    (name) => {
      const logger = recordingLogger();
      const server = new McpServer({ ...info, logger }).tool("A.b-c_9", { handler });
      expect(logger.lines).toEqual([]);
      server.tool(name, { handler });
      expect(logger.lines).toMatchObject([{ level: "warn", message: expect.stringContaining(name) }]);
    },
  );

  test("refuses a name that is taken [2025-11-25/tools/name-unique] [2026-07-28/tools/name-unique]", () => {
    const server = new McpServer(info).tool("a", { handler });
    expect(() => server.tool("a", { handler })).toThrow('The tool "a" is registered already');
  });
});

describe.each(matrix())("annotations in $revision over $transport", ({ transport, revision }) => {
  test(`a time that is not of ISO 8601 is refused, and a Date is written as one [${revision}/tools/annotation-last-modified]`, async () => {
    const server = new McpServer({ ...info, logger: recordingLogger() });
    const resource = (lastModified: unknown) =>
      server.resource(`test://${String(lastModified)}`.replaceAll(" ", ""), {
        annotations: { lastModified: lastModified as string },
        handler: () => "",
      });
    for (const wrong of ["yesterday", "12/31/2025", "2025-13-01", "", 1_700_000_000_000]) {
      expect(() => resource(wrong), String(wrong)).toThrow(/lastModified" to be an ISO 8601 time/);
    }
    for (const right of ["2025-01-12T15:00:58Z", "2025-01-12T15:00:58.5+01:00", "2025-01-12"]) {
      server.resource(`test://${encodeURIComponent(right)}`, {
        annotations: { lastModified: right },
        handler: () => "",
      });
    }
    server.resource("test://date", {
      annotations: { lastModified: new Date(0) as never },
      handler: () => "",
    });
    server.tool("broken", {
      handler: () => ({ type: "text", text: "", annotations: { lastModified: "yesterday" } }),
    });
    const wire = await openWire(server, { transport, era: revision });
    const { resources } = (await wire.request("resources/list")).result;
    const date = resources.find(({ uri }: { uri: string }) => uri === "test://date");
    expect(date.annotations.lastModified).toBe("1970-01-01T00:00:00.000Z");
    expect(resources).toHaveLength(4);
    expect((await wire.callTool("broken")).result).toMatchObject({ isError: true });
  });
});
