import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import type { JsonSchema } from "slipway";
import * as v from "valibot";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { problemsOfSchema } from "../schema/meta-schema.ts";
import { matrix, openWire } from "../support/index.ts";
import { emptyServer, MODERN } from "./server.ts";

const DRAFT_07 = "http://json-schema.org/draft-07/schema#";
const DIALECTS = {
  "draft-04": "http://json-schema.org/draft-04/schema#",
  "draft-06": "http://json-schema.org/draft-06/schema#",
  "draft-07": DRAFT_07,
  "2019-09": "https://json-schema.org/draft/2019-09/schema",
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
};

function serverWith(inputSchema: JsonSchema, options = {}) {
  let ran = 0;
  const server = emptyServer(options).tool("t", { inputSchema, handler: () => `${++ran}` });
  return { server, runs: () => ran };
}

const register = (inputSchema: JsonSchema) => () => serverWith(inputSchema);

/** A port that counts who comes. */
async function listeningPort() {
  let connections = 0;
  const http = createServer((_, response) => response.end('{"type":"string"}'));
  http.on("connection", () => connections++);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void http.close());
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/schema.json`, connections: () => connections };
}

describe.each(matrix(MODERN))("schemas of arguments over $transport", ({ transport }) => {
  /** What becomes of arguments, by a call: `true` when the handler got them. */
  async function acceptance(schema: JsonSchema) {
    const { server, runs } = serverWith(schema);
    const wire = await openWire(server, { transport });
    return async (args: object) => {
      const before = runs();
      const { result } = await wire.callTool("t", args);
      expect(runs() - before).toBe(result.isError === true ? 0 : 1);
      return result.isError !== true;
    };
  }

  test("without $schema are read as 2020-12 [2026-07-28/json-schema/2020-12]", async () => {
    const accepts = await acceptance({
      type: "object",
      properties: {
        point: { type: "array", prefixItems: [{ $ref: "#/$defs/x" }, { type: "number" }], items: false },
        card: { type: "string" },
        address: { type: "string" },
      },
      dependentRequired: { card: ["address"] },
      allOf: [{ properties: { extra: { type: "number" } } }],
      unevaluatedProperties: false,
      $defs: { x: { type: "string" } },
    });
    for (const args of [{}, { point: ["a", 1] }, { card: "1", address: "b" }, { extra: 1 }]) {
      expect(await accepts(args), JSON.stringify(args)).toBe(true);
    }
    for (const args of [
      { point: [1, 1] },
      { point: ["a", 1, 2] },
      { card: "1" },
      { extra: "1" },
      { other: 1 },
    ]) {
      expect(await accepts(args), JSON.stringify(args)).toBe(false);
    }
  });

  test("are read by the dialect that they declare [2026-07-28/json-schema/by-dialect]", async () => {
    const schema = (items: string) => ({
      type: "object",
      properties: { pair: { type: "array", [items]: [{ $ref: "#/definitions/s" }, { type: "number" }] } },
      definitions: { s: { type: "string" } },
    });
    const accepts = await acceptance({ $schema: DRAFT_07, ...schema("items") });
    expect(await accepts({ pair: ["a", 1] })).toBe(true);
    expect(await accepts({ pair: [1, "a"] })).toBe(false);
    // In 2020-12 items is one schema, and the tuple has another name.
    expect(register(schema("items"))).toThrow(/items/);
    const modern = await acceptance(schema("prefixItems"));
    expect(await modern({ pair: [1, "a"] })).toBe(false);
    const draft07 = await acceptance({ $schema: DRAFT_07, ...schema("prefixItems") });
    expect(await draft07({ pair: [1, "a"] })).toBe(true);
  });

  test("a value that nests very deep is refused, and the server goes on [2026-07-28/json-schema/bounded]", async () => {
    const { server, runs } = serverWith({
      type: "object",
      properties: { tree: { $ref: "#/$defs/tree" } },
      $defs: {
        tree: { type: "array", items: { $ref: "#/$defs/tree" } },
      },
    });
    const wire = await openWire(server, { transport });
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    const message = wire.message("tools/call", { name: "t", arguments: { tree: "DEEP" } });
    const headers = wire.overHttp ? wire.headersOf(message) : {};
    const reply = await wire.send(JSON.stringify(message).replace('"DEEP"', deep), { headers }).reply();
    expect(reply.error.code).toBe(-32600);
    expect(runs()).toBe(0);
    expect((await wire.callTool("t", { tree: [[]] })).toolText).toBe("1");
  });
});

test("a dialect that is not supported is named, with those that are [2026-07-28/json-schema/unsupported-dialect]", () => {
  const $schema = "https://example.com/dialect";
  for (const given of [$schema, DIALECTS["2019-09"], 7]) {
    const failing = register({ $schema: given, type: "object" });
    expect(failing).toThrow(JSON.stringify(given));
    expect(failing).toThrow(DIALECTS["2020-12"]);
    expect(failing).toThrow(DRAFT_07);
  }
  expect(() =>
    emptyServer().tool("t", { outputSchema: { $schema, type: "object" }, handler: () => ({}) }),
  ).toThrow($schema);
});

test("the documentation names the dialects that are supported, and no others [2026-07-28/json-schema/dialects-documented]", () => {
  const page = readFileSync(new URL("../../../../docs/schemas.md", import.meta.url), "utf8");
  for (const [name, $schema] of Object.entries(DIALECTS)) {
    let supported = true;
    try {
      register({ $schema, type: "object" })();
    } catch {
      supported = false;
    }
    expect(page.includes(name), name).toBe(supported);
  }
});

test("schemas of libraries are listed as valid 2020-12 that declares nothing else [2026-07-28/json-schema/2020-12-recommended]", async () => {
  const server = emptyServer();
  server.tool("zod", {
    inputSchema: z.object({
      a: z.string().min(1).optional(),
      b: z.tuple([z.number(), z.enum(["x", "y"])]),
      c: z.record(z.string(), z.union([z.null(), z.int()])),
    }),
    handler: () => "",
  });
  server.tool("valibot", {
    inputSchema: toStandardJsonSchema(
      v.object({ a: v.optional(v.string()), b: v.tuple([v.number(), v.picklist(["x", "y"])]) }),
    ),
    handler: () => "",
  });
  server.tool("arktype", {
    inputSchema: type({ "a?": "string", b: ["number", "'x' | 'y'"], c: "Record<string, number | null>" }),
    handler: () => "",
  });
  const wire = await openWire(server, { transport: "fetch" });
  const { tools } = (await wire.request("tools/list")).result;
  expect(tools).toHaveLength(3);
  for (const { name, inputSchema } of tools) {
    expect([undefined, DIALECTS["2020-12"]], name).toContain(inputSchema.$schema);
    expect(problemsOfSchema(inputSchema), name).toEqual([]);
    expect(Object.keys(inputSchema.properties), name).toContain("b");
  }
  // The meta-schema does look at what is inside.
  expect(problemsOfSchema({ properties: { a: { type: "objekt" } } })).not.toEqual([]);
});

test.each([
  ["type", { type: "objekt" }],
  ["minimum", { type: "number", minimum: "1" }],
  ["required", { type: "object", required: "a" }],
  ["properties", { type: "object", properties: [] }],
  ["items", { type: "array", items: 7 }],
  ["enum", { enum: "a" }],
  ["pattern", { type: "string", pattern: "(" }],
  ["anyOf", { anyOf: [] }],
])(
  "a schema whose %s is not valid is refused, and the keyword named [2026-07-28/json-schema/schemas-valid]",
  (keyword, schema: JsonSchema) => {
    const nested = { type: "object", properties: { a: schema } };
    expect(register(nested)).toThrow(keyword);
    expect(() => emptyServer().tool("t", { outputSchema: nested, handler: () => ({}) })).toThrow(keyword);
    expect(register({ $schema: DRAFT_07, ...nested })).toThrow(keyword);
  },
);

describe("a $ref to an address on the network", () => {
  const outside = (url: string) => ({ type: "object", properties: { a: { $ref: url } } });

  test("is refused where the schema is registered, and never fetched [2026-07-28/json-schema/no-network-ref] [2026-07-28/json-schema/unresolved-ref-rejected]", async () => {
    const port = await listeningPort();
    for (const url of [port.url, `${port.url}#/$defs/a`, port.url.replace("http:", "")]) {
      expect(register(outside(url)), url).toThrow(/\$ref/);
      expect(() => emptyServer().tool("t", { outputSchema: outside(url), handler: () => ({}) })).toThrow(
        /\$ref/,
      );
      expect(() => emptyServer().prompt("p", { arguments: outside(url), handler: () => "" })).toThrow(
        /\$ref/,
      );
    }
    expect(port.connections()).toBe(0);
  });

  test("is refused in a form, and never fetched [2026-07-28/json-schema/no-network-ref]", async () => {
    const port = await listeningPort();
    const server = emptyServer().tool("t", {
      handler: async (_, ctx) => {
        await ctx.elicit({ message: "Who?", schema: outside(port.url) });
        return "asked";
      },
    });
    const wire = await openWire(server, { transport: "fetch" });
    expect((await wire.callTool("t")).result.isError).toBe(true);
    expect(port.connections()).toBe(0);
  });

  test("is fetched neither by default nor with any option there is [2026-07-28/json-schema/external-ref-off-by-default] [2026-07-28/json-schema/external-ref-guarded]", async () => {
    const port = await listeningPort();
    const schemaAdapter = () => undefined;
    // A validator of one's own gets the schema as it is; what it accepts is its own affair, but nothing is fetched.
    const seen: JsonSchema[] = [];
    const jsonSchemaValidator = (schema: JsonSchema) => {
      seen.push(schema);
      return (value: unknown) => ({ ok: true as const, value });
    };
    for (const options of [{}, { schemaAdapter }, { schemaAdapter, jsonSchemaValidator }]) {
      for (const url of [port.url, "http://169.254.1.1/s", "http://10.0.0.1/s", "file:///etc/passwd"]) {
        expect(() => serverWith(outside(url), options), url).toThrow(/\$ref/);
      }
    }
    expect(seen).toEqual([]);
    expect(port.connections()).toBe(0);
  });

  test("that the schema itself answers, by its $id, is used [2026-07-28/json-schema/unresolved-ref-rejected]", async () => {
    const { server, runs } = serverWith({
      type: "object",
      properties: { a: { $ref: "https://example.com/a" } },
      $defs: { a: { $id: "https://example.com/a", type: "string" } },
    });
    const wire = await openWire(server, { transport: "fetch" });
    expect((await wire.callTool("t", { a: 7 })).result.isError).toBe(true);
    expect((await wire.callTool("t", { a: "7" })).toolText).toBe("1");
    expect(runs()).toBe(1);
  });
});

describe("the work that a schema can cause is bounded", () => {
  const nested = (depth: number): JsonSchema =>
    depth === 0 ? { type: "string" } : { type: "object", properties: { a: nested(depth - 1) } };

  test("by its depth [2026-07-28/json-schema/bounded]", () => {
    expect(register(nested(60))).not.toThrow();
    expect(register(nested(100))).toThrow(/64/);
  });

  test("by the number of its subschemas [2026-07-28/json-schema/bounded]", () => {
    const wide = (count: number) => ({
      type: "object",
      properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: "string" }])),
    });
    expect(register(wide(9_000))).not.toThrow();
    expect(register(wide(11_000))).toThrow(/10,?000/);
  });

  test("where a few references stand for very many schemas [2026-07-28/json-schema/bounded]", async () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `d${i}`,
        i === 39
          ? { type: "string" }
          : { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    );
    // 2 to the power of 39 ways to look at one value.
    let refused = false;
    try {
      const { server } = serverWith({ type: "object", properties: { a: { $ref: "#/$defs/d0" } }, $defs });
      const wire = await openWire(server, { transport: "fetch" });
      refused = (await wire.callTool("t", { a: 7 })).result.isError === true;
    } catch (error) {
      refused = /10,?000/.test(String(error));
    }
    expect(refused).toBe(true);
  });
});
