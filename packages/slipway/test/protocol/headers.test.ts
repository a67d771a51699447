import type { JsonSchema } from "slipway";
import { describe, expect, test } from "vitest";
import { headerValue, httpTransports, openWire, type SendOptions } from "../support/index.ts";
import { EVERY_METHOD, emptyServer, fullServer, REVISION } from "./server.ts";

const REGIONS = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "count" },
    urgent: { type: "boolean", "x-mcp-header": "Urgent" },
    where: {
      type: "object",
      properties: {
        inside: { type: "object", properties: { city: { type: "string", "x-mcp-header": "City" } } },
      },
    },
  },
} as const;

function regional() {
  let ran = 0;
  const server = fullServer().tool("regional", {
    inputSchema: REGIONS as JsonSchema,
    handler: (args) => `${++ran} ${JSON.stringify(args)}`,
  });
  return { server, ran: () => ran };
}

type HeaderOverrides = NonNullable<SendOptions["headers"]>;

// As a literal's key it would make the literal look like a promise.
const THEN = "then";

const NAMED = [
  ["tools/call", { name: "echo" }],
  ["resources/read", { uri: "test://plain" }],
  ["prompts/get", { name: "plain" }],
] as const;

describe.each(httpTransports)("mirrored headers over %s", (transport) => {
  const REFUSED = "[2026-07-28/headers/rejection-400] [2026-07-28/headers/rejection-error]";

  /** What is wrong with headers is said so. */
  async function expectMismatch(method: string, params: object, headers: HeaderOverrides, label: RegExp) {
    const { server, ran } = regional();
    const wire = await openWire(server, { transport });
    const reply = await wire.request(method, params, { headers, id: "mirrored" });
    expect(reply.status, JSON.stringify(headers)).toBe(400);
    expect(reply.contentType).toBe("application/json");
    expect(reply.response).toMatchObject({ id: "mirrored", error: { code: -32020 } });
    expect(reply.error.message).toMatch(label);
    expect(ran()).toBe(0);
  }

  test(`no method is served without its standard headers [2026-07-28/headers/standard-required] ${REFUSED}`, async () => {
    for (const [method, params] of [
      ...EVERY_METHOD,
      ["subscriptions/listen", { notifications: {} }] as const,
    ]) {
      await expectMismatch(method, params, { "mcp-method": null }, /Mcp-Method/);
    }
    for (const [method, params] of NAMED) {
      await expectMismatch(method, params, { "mcp-name": null }, /Mcp-Name/);
    }
  });

  test("Mcp-Name is required of the three methods only [2026-07-28/headers/standard-required]", async () => {
    const wire = await openWire(fullServer(), { transport });
    for (const method of ["tools/list", "server/discover", "prompts/list"]) {
      expect((await wire.request(method, {}, { headers: { "mcp-name": null } })).status).toBe(200);
    }
  });

  test.each<[string, HeaderOverrides, RegExp]>([
    ["another method", { "mcp-method": "tools/list" }, /Mcp-Method/],
    ["a method in another case", { "mcp-method": "TOOLS/CALL" }, /Mcp-Method/],
    ["an empty method", { "mcp-method": "" }, /Mcp-Method/],
    ["a method in the sentinel form", { "mcp-method": "=?base64?dG9vbHMvY2FsbA==?=" }, /Mcp-Method/],
    ["the method twice", { "mcp-method": ["tools/call", "tools/call"] }, /Mcp-Method/],
    ["another name", { "mcp-name": "echo" }, /Mcp-Name/],
    ["a name in another case", { "mcp-name": "Regional" }, /Mcp-Name/],
    ["an empty name", { "mcp-name": "" }, /Mcp-Name/],
    ["the name twice", { "mcp-name": ["regional", "regional"] }, /Mcp-Name/],
    ["a name with bytes over 0x7e", { "mcp-name": "regional\u00e9" }, /Mcp-Name/],
    ["a name whose sentinel form is not Base64", { "mcp-name": "=?base64?%%%?=" }, /Mcp-Name/],
    ["a name whose sentinel form is not UTF-8", { "mcp-name": "=?base64?/w==?=" }, /Mcp-Name/],
    ["a name with the sentinel in capitals", { "mcp-name": "=?BASE64?cmVnaW9uYWw=?=" }, /Mcp-Name/],
  ])(
    `a call with %s in its headers is refused [2026-07-28/headers/mismatch-rejected] ${REFUSED}`,
    async (_, headers, label) => {
      await expectMismatch("tools/call", { name: "regional" }, headers, label);
    },
  );

  test(`the URI of a resource and the name of a prompt are held to the header, too [2026-07-28/headers/mismatch-rejected] ${REFUSED}`, async () => {
    await expectMismatch(
      "resources/read",
      { uri: "test://plain" },
      { "mcp-name": "test://asking" },
      /Mcp-Name/,
    );
    await expectMismatch("prompts/get", { name: "plain" }, { "mcp-name": "asking" }, /Mcp-Name/);
  });

  test("the names of headers may be in any case, and their values may not [2026-07-28/headers/names-case-insensitive]", async () => {
    const { server, ran } = regional();
    const wire = await openWire(server, { transport });
    const cases: HeaderOverrides[] = [
      {
        "Mcp-Method": "tools/call",
        "Mcp-Name": "regional",
        "Mcp-Param-Region": "us",
        "MCP-Protocol-Version": REVISION,
      },
      {
        "MCP-METHOD": "tools/call",
        "MCP-NAME": "regional",
        "MCP-PARAM-REGION": "us",
        "MCP-PROTOCOL-VERSION": REVISION,
      },
      {
        "mcp-method": "tools/call",
        "mcp-name": "regional",
        "mcp-param-region": "us",
        "mcp-protocol-version": REVISION,
      },
    ];
    for (const headers of cases) {
      expect((await wire.callTool("regional", { region: "us" }, { headers })).status).toBe(200);
    }
    expect(ran()).toBe(3);
    const wrong = { "mcp-param-region": "US" };
    expect((await wire.callTool("regional", { region: "us" }, { headers: wrong })).error.code).toBe(-32020);
  });

  const table: [string, string][] = [
    ["us-west1", "us-west1"],
    ["Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
    [" padded ", "=?base64?IHBhZGRlZCA=?="],
    ["line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
    ["=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
    ["us-west1", "=?base64?dXMtd2VzdDE=?="],
    ["", "=?base64??="],
  ];
  test.each(table)(
    "%j, sent as %s, is read as what it stands for [2026-07-28/headers/encoded-values-decoded]",
    async (value, encoded) => {
      const { server } = regional();
      if (value !== "") server.tool(value, { handler: () => `tool ${value}` });
      const wire = await openWire(server, { transport });
      const headers = { "mcp-param-region": encoded };
      const reply = await wire.callTool("regional", { region: value }, { headers });
      expect(reply.toolText).toContain(JSON.stringify({ region: value }));
      if (value === "") return;
      expect((await wire.callTool(value, {}, { headers: { "mcp-name": encoded } })).toolText).toBe(
        `tool ${value}`,
      );
    },
  );

  test("what only looks like the encoding is taken as it stands [2026-07-28/headers/encoded-values-decoded]", async () => {
    const { server } = regional();
    const wire = await openWire(server, { transport });
    for (const literal of ["=?BASE64?dXM=?=", "=?base64?dXM=", "base64?dXM=?=", "=?base64 dXM=?="]) {
      const headers = { "mcp-param-region": literal };
      expect((await wire.callTool("regional", { region: literal }, { headers })).status, literal).toBe(200);
      expect((await wire.callTool("regional", { region: "us" }, { headers })).error.code, literal).toBe(
        -32020,
      );
    }
  });

  test.each([
    ["a byte over 0x7e", "us\u00e9"],
    ["a byte that is no character", "us\u0080"],
    ["a sentinel without Base64", "=?base64?***?="],
    ["a sentinel with white space in it", "=?base64?dX M=?="],
    ["a sentinel without padding", "=?base64?dXM?="],
    ["a sentinel in the alphabet of URLs", "=?base64?_-8=?="],
    ["a sentinel that is not UTF-8", "=?base64?/w==?="],
  ])(
    `a parameter's header with %s is refused [2026-07-28/headers/invalid-characters-rejected] ${REFUSED}`,
    async (_, value) => {
      await expectMismatch(
        "tools/call",
        { name: "regional", arguments: { region: value } },
        { "mcp-param-region": value },
        /Mcp-Param-Region/,
      );
    },
  );

  const values: [object, string, string, string][] = [
    [{ region: "us-west1" }, "Region", "us-west1", "us-west2"],
    [{ region: "true" }, "Region", "true", "True"],
    [{ count: 42 }, "Count", "42", "43"],
    [{ count: -7 }, "Count", "-7", "7"],
    [{ count: 0 }, "Count", "0", ""],
    [{ urgent: true }, "Urgent", "true", "false"],
    [{ urgent: false }, "Urgent", "false", "0"],
    [{ where: { inside: { city: "Rome" } } }, "City", "Rome", "Romé"],
  ];
  test.each(values)(
    `the argument %j is served with Mcp-Param-%s: %s, and refused with %j [2026-07-28/headers/params-validated] [2026-07-28/headers/params-rejection]`,
    async (args, header, right, wrong) => {
      const { server } = regional();
      const wire = await openWire(server, { transport });
      const name = `Mcp-Param-${header}`;
      const served = await wire.callTool("regional", args, { headers: { [name]: right } });
      expect(served.toolText).toBe(`1 ${JSON.stringify(args)}`);
      const label = new RegExp(name, "i");
      await expectMismatch(
        "tools/call",
        { name: "regional", arguments: args },
        { [name]: headerValue(wrong) },
        label,
      );
    },
  );

  test("a header without its argument is refused [2026-07-28/headers/params-rejection]", async () => {
    for (const args of [{}, { region: null }, { other: "us" }, { where: { city: "us" } }]) {
      const params = { name: "regional", arguments: args };
      await expectMismatch("tools/call", params, { "mcp-param-region": "us" }, /Mcp-Param-Region/);
    }
    await expectMismatch("tools/call", { name: "regional" }, { "mcp-param-city": "us" }, /Mcp-Param-City/);
  });

  test("a header that no parameter of the tool asks for is left alone", async () => {
    const { server } = regional();
    const wire = await openWire(server, { transport });
    const headers = { "mcp-param-other": "\u00e9", "mcp-param-region": "us" };
    expect((await wire.callTool("regional", { region: "us" }, { headers })).status).toBe(200);
    expect((await wire.callTool("echo", { text: "hi" }, { headers })).toolText).toBe("hi");
  });

  test("nothing is expected for an argument that is null [2026-07-28/headers/null-param-without-header]", async () => {
    const server = emptyServer().tool("t", {
      inputSchema: {
        type: "object",
        properties: { region: { type: "string", "x-mcp-header": "Region" } },
      } as JsonSchema,
      handler: () => "served",
    });
    const wire = await openWire(server, { transport });
    // The schema refuses null, but that is the model's to mend, and no matter of headers.
    const { result } = await wire.callTool("t", { region: null });
    expect(result.isError).toBe(true);
    expect(result.content[0].text).toContain("region");
  });

  test("nothing is expected for an argument that is not there [2026-07-28/headers/absent-param-without-header]", async () => {
    const { server, ran } = regional();
    const wire = await openWire(server, { transport });
    for (const args of [undefined, {}, { where: {} }, { where: { inside: {} } }]) {
      expect((await wire.callTool("regional", args)).status).toBe(200);
    }
    expect(ran()).toBe(4);
  });

  test(`an argument without its header is refused [2026-07-28/headers/missing-param-header-rejected] [2026-07-28/headers/params-rejection] ${REFUSED}`, async () => {
    for (const args of [{ region: "us-west1" }, { region: "" }, { count: 0 }, { urgent: false }]) {
      await expectMismatch(
        "tools/call",
        { name: "regional", arguments: args },
        {},
        /Mcp-Param-.* is missing/,
      );
    }
  });

  test.each([
    ["42", true],
    ["42.0", true],
    ["42.000", true],
    ["042", true],
    ["43", false],
    ["42.5", false],
    ["42.00000000000000000001", false],
    ["0x2a", false],
    ["4.2e1", false],
    ["+42", false],
    ["forty-two", false],
    ["42 ", true],
    ["42,42", false],
  ])(
    "for the integer 42 the header %j is served: %j [2026-07-28/headers/integers-compared-numerically]",
    async (header, served) => {
      const { server } = regional();
      const wire = await openWire(server, { transport });
      const reply = await wire.callTool(
        "regional",
        { count: 42 },
        { headers: { "mcp-param-count": header } },
      );
      expect(reply.status).toBe(served ? 200 : 400);
      if (!served) expect(reply.error.code).toBe(-32020);
    },
  );

  test.each([
    ["9007199254740991", true],
    ["-9007199254740991", true],
    ["9007199254740992", false],
    ["-9007199254740992", false],
    ["9007199254740993", false],
    ["1e300", false],
  ])(
    "the annotated integer %s is served: %j [2026-07-28/headers/annotated-integers-safe]",
    async (integer, served) => {
      const { server, ran } = regional();
      const wire = await openWire(server, { transport });
      const message = wire.message("tools/call", { name: "regional", arguments: { count: "INTEGER" } });
      const headers = { ...wire.headersOf(message), "mcp-param-count": integer };
      // As text, since JavaScript has no such numbers.
      const body = JSON.stringify(message).replace('"INTEGER"', integer);
      const reply = await wire.send(body, { headers }).reply();
      expect(reply.status).toBe(served ? 200 : 400);
      expect(ran()).toBe(served ? 1 : 0);
    },
  );
});

test("on a pipe there are no headers, and none is missed [2026-07-28/headers/missing-param-header-rejected]", async () => {
  const { server } = regional();
  const wire = await openWire(server, { transport: "stdio" });
  const reply = await wire.callTool("regional", { region: "us-west1", count: 7 });
  expect(reply.toolText).toBe('1 {"region":"us-west1","count":7}');
});

describe("an annotation x-mcp-header", () => {
  const register = (inputSchema: unknown) => () =>
    emptyServer().tool("t", { inputSchema: inputSchema as JsonSchema, handler: () => "" });
  const annotated = (annotation: unknown, type: unknown = "string") =>
    register({ type: "object", properties: { a: { type, "x-mcp-header": annotation } } });

  test("must not be empty [2026-07-28/headers/annotation-not-empty]", () => {
    expect(annotated("")).toThrow(/x-mcp-header.*property a/);
  });

  test.each(["a b", "a:b", "a/b", "ü", " a", "a ", '"a"', "a(b)", "a,b", 7, null, true, ["a"]])(
    "must be the name of a header, which %j is not [2026-07-28/headers/annotation-is-token]",
    (annotation) => {
      expect(annotated(annotation)).toThrow(/x-mcp-header/);
    },
  );

  test.each(["X_1.~!", "Region", "a", "0", "!#$%&'*+-.^_`|~"])(
    "may be %j [2026-07-28/headers/annotation-is-token]",
    (annotation) => {
      expect(annotated(annotation)).not.toThrow();
    },
  );

  test.each(["A\r\nB", "A\nB", "A\tB", "A\u0000", "A\u007f", "A\u0085", "A\n"])(
    "must not have control characters, as %j has [2026-07-28/headers/annotation-without-control-characters]",
    (annotation) => {
      expect(annotated(annotation)).toThrow(/x-mcp-header/);
    },
  );

  test("must be the only one of its name, in whatever case and depth [2026-07-28/headers/annotation-unique]", () => {
    const [upper, lower] = ["REGION", "Region"].map((name) => ({ type: "string", "x-mcp-header": name }));
    const flat = register({ type: "object", properties: { first: upper, second: lower } });
    const deep = register({
      type: "object",
      properties: { first: upper, second: { type: "object", properties: { third: lower } } },
    });
    expect(flat).toThrow(/second.*first|first.*second/);
    expect(deep).toThrow(/second\.third.*first|first.*second\.third/);
    const others = { ...lower, "x-mcp-header": "Other" };
    expect(register({ type: "object", properties: { first: upper, second: others } })).not.toThrow();
  });

  test.each(["number", "object", "array", "null", ["string", "null"], ["string"]])(
    "must not stand on the type %j [2026-07-28/headers/annotation-on-primitives]",
    (type) => {
      expect(annotated("A", type)).toThrow(/x-mcp-header/);
    },
  );

  test("must not stand where there is no type [2026-07-28/headers/annotation-on-primitives]", () => {
    const typeless = { type: "object", properties: { a: { enum: ["b"], "x-mcp-header": "A" } } };
    expect(register(typeless)).toThrow(/x-mcp-header/);
  });

  test.each(["string", "integer", "boolean"])(
    "may stand on a %s [2026-07-28/headers/annotation-on-primitives]",
    (type) => {
      expect(annotated("A", type)).not.toThrow();
    },
  );

  const there = { type: "string", "x-mcp-header": "A" };
  const within = { type: "object", properties: { b: there } };
  test.each<[string, object]>([
    ["items", { properties: { a: { type: "array", items: there } } }],
    ["prefixItems", { properties: { a: { type: "array", prefixItems: [there] } } }],
    ["contains", { properties: { a: { type: "array", contains: there } } }],
    ["oneOf", { properties: { a: { oneOf: [there, { type: "integer" }] } } }],
    ["anyOf", { anyOf: [within] }],
    ["allOf", { allOf: [within] }],
    ["not", { properties: { a: { not: there } } }],
    ["if", { if: within }],
    ["then", { if: true, [THEN]: within }],
    ["else", { if: true, else: within }],
    ["$defs", { properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: there } }],
    ["additionalProperties", { additionalProperties: there }],
    ["patternProperties", { patternProperties: { "^a": there } }],
    ["dependentSchemas", { dependentSchemas: { a: within } }],
    ["items, further in", { properties: { a: { type: "array", items: within } } }],
    ["the root", { "x-mcp-header": "A" }],
  ])("must not be reached through %s [2026-07-28/headers/annotation-reachable]", (_, schema) => {
    expect(register({ type: "object", ...schema })).toThrow(/x-mcp-header/);
  });

  test("may be reached through properties of properties [2026-07-28/headers/annotation-reachable]", () => {
    const nest = (inner: object) => ({ type: "object", properties: { a: inner } });
    expect(register(nest(nest(nest(there))))).not.toThrow();
    // A property may well be called like a keyword.
    const named = {
      type: "object",
      properties: {
        items: there,
        anyOf: { type: "object", properties: { not: { ...there, "x-mcp-header": "B" } } },
      },
    };
    expect(register(named)).not.toThrow();
  });
});
