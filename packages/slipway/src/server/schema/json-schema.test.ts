import { describe, expect, it } from "vitest";
import * as z from "zod";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { compileSchema } from "./compile.ts";
import { compileJsonSchema } from "./json-schema.ts";
import { JSON_SCHEMA_LIMITS } from "./limits.ts";
import type { JsonSchema } from "./types.ts";
import type { CompiledSchema, Validation } from "./validation.ts";

const WHERE = 'input schema of the tool "add"';
// A keyword of JSON Schema that would make a literal look like a promise.
const THEN = "then";
const DRAFT_07 = "http://json-schema.org/draft-07/schema#";

const compile = (schema: JsonSchema) => compileJsonSchema(schema, { where: WHERE });

async function loaded(schema: JsonSchema): Promise<(value: unknown) => Validation> {
  const compiled = compile(schema);
  await compiled.ready;
  return (value) => compiled.validate(value) as Validation;
}

/** Keyword by keyword: a schema, values that fit, values that do not. */
const KEYWORDS: [string, JsonSchema, unknown[], unknown[]][] = [
  ["type", { type: "integer" }, [1, 1.0, -5], [1.5, "1", null, true]],
  ["type, several", { type: ["string", "null"] }, ["", null], [0, false, {}, []]],
  ["enum", { enum: ["a", 1, null, { b: [2] }] }, ["a", 1, null, { b: [2] }], ["b", "1", { b: [3] }]],
  ["const", { const: { a: 1, b: 2 } }, [{ b: 2, a: 1 }], [{ a: 1 }, null]],
  ["minimum, maximum", { minimum: 1, maximum: 3 }, [1, 3, "x"], [0.9, 3.1]],
  ["exclusive bounds", { exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2], [1, 3]],
  ["multipleOf", { multipleOf: 0.01 }, [4.02, 0], [0.0075]],
  ["minLength in characters", { minLength: 2, maxLength: 2 }, ["ab", "👍👍"], ["a", "👍"]],
  ["pattern", { pattern: "^\\p{Lu}+$" }, ["ÄB", 1], ["äb"]],
  ["format", { format: "email" }, ["a@example.com", 1], ["nobody"]],
  ["format date-time", { format: "date-time" }, ["2026-07-28T12:00:00Z"], ["2026-13-28T12:00:00Z", "today"]],
  [
    "prefixItems, items",
    { prefixItems: [{ type: "number" }], items: { type: "string" } },
    [[], [1], [1, "a"]],
    [["a"], [1, 2]],
  ],
  ["items false", { prefixItems: [true], items: false }, [[1]], [[1, 2]]],
  [
    "contains",
    { contains: { const: 1 }, minContains: 2, maxContains: 3 },
    [
      [1, 1],
      [1, 0, 1, 1],
    ],
    [[1], [1, 1, 1, 1]],
  ],
  [
    "uniqueItems",
    { uniqueItems: true },
    [[1, "1", true]],
    [
      [1, 1],
      [{ a: 1 }, { a: 1 }],
    ],
  ],
  ["minItems, maxItems", { minItems: 1, maxItems: 2 }, [[1]], [[], [1, 2, 3]]],
  ["required", { required: ["a"] }, [{ a: null }, 1], [{}, { b: 1 }]],
  [
    "additionalProperties",
    { properties: { a: {} }, patternProperties: { "^x-": {} }, additionalProperties: false },
    [{ a: 1, "x-b": 2 }],
    [{ b: 1 }],
  ],
  [
    "patternProperties",
    { patternProperties: { "^n": { type: "number" } } },
    [{ n1: 1, s: "" }],
    [{ n1: "" }],
  ],
  ["propertyNames", { propertyNames: { maxLength: 2 } }, [{ ab: 1 }], [{ abc: 1 }]],
  ["minProperties", { minProperties: 1, maxProperties: 2 }, [{ a: 1 }], [{}, { a: 1, b: 1, c: 1 }]],
  ["dependentRequired", { dependentRequired: { a: ["b"] } }, [{ b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
  ["dependentSchemas", { dependentSchemas: { a: { required: ["b"] } } }, [{}, { a: 1, b: 1 }], [{ a: 1 }]],
  ["allOf", { allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0, 3]],
  ["anyOf", { anyOf: [{ type: "string" }, { minimum: 2 }] }, ["", 2], [1]],
  ["oneOf", { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, [1], [0, 2]],
  ["not", { not: { type: "string" } }, [1], [""]],
  [
    "if, then, else",
    { if: { const: "a" }, [THEN]: { maxLength: 1 }, else: { minLength: 3 } },
    ["a", "abc"],
    ["bb"],
  ],
  [
    "unevaluatedProperties",
    { allOf: [{ properties: { a: {} } }], properties: { b: {} }, unevaluatedProperties: false },
    [{ a: 1, b: 1 }],
    [{ c: 1 }],
  ],
  [
    "unevaluatedProperties through $ref",
    { $ref: "#/$defs/a", unevaluatedProperties: false, $defs: { a: { properties: { a: {} } } } },
    [{ a: 1 }],
    [{ b: 1 }],
  ],
  ["unevaluatedItems", { prefixItems: [true], unevaluatedItems: { type: "string" } }, [[1, "a"]], [[1, 2]]],
  ["boolean schemas", { properties: { yes: true, no: false } }, [{ yes: 1 }], [{ no: 1 }]],
  [
    "$ref to $defs",
    { properties: { a: { $ref: "#/$defs/n" } }, $defs: { n: { type: "number" } } },
    [{ a: 1 }],
    [{ a: "" }],
  ],
  ["$ref with siblings", { $ref: "#/$defs/n", maximum: 5, $defs: { n: { type: "number" } } }, [5], [6, "5"]],
  [
    "$ref to $anchor",
    { items: { $ref: "#n" }, $defs: { x: { $anchor: "n", type: "number" } } },
    [[1]],
    [[""]],
  ],
  [
    "$ref, escaped",
    { items: { $ref: "#/$defs/a~1b%25~0" }, $defs: { "a/b%~": { type: "number" } } },
    [[1]],
    [[""]],
  ],
  [
    "$ref to itself as a tree",
    { type: "object", properties: { next: { $ref: "#" } }, additionalProperties: false },
    [{}, { next: { next: {} } }],
    [{ next: { next: { x: 1 } } }],
  ],
  [
    "$ref through an embedded $id",
    {
      $id: "https://example.com/root",
      items: { $ref: "number" },
      $defs: { n: { $id: "number", type: "number" } },
    },
    [[1]],
    [[""]],
  ],
  [
    "$ref to where no keyword holds a schema",
    { items: { $ref: "#/components/n" }, components: { n: { type: "number" } } },
    [[1]],
    [[""]],
  ],
  ["$ref to a boolean", { items: { $ref: "#/$defs/no" }, $defs: { no: false } }, [[]], [[1]]],
  [
    "$dynamicRef",
    { items: { $dynamicRef: "#n" }, $defs: { x: { $dynamicAnchor: "n", type: "number" } } },
    [[1]],
    [[""]],
  ],
  [
    "$ref in data is data",
    { const: { $ref: "https://example.com/" } },
    [{ $ref: "https://example.com/" }],
    [{}],
  ],
  [
    "draft-07: items as a list",
    { $schema: DRAFT_07, items: [{ type: "number" }], additionalItems: { type: "string" } },
    [[1, "a"]],
    [["a"], [1, 2]],
  ],
  [
    "draft-07: dependencies",
    { $schema: DRAFT_07, dependencies: { a: ["b"], c: { required: ["d"] } } },
    [{ a: 1, b: 1 }],
    [{ a: 1 }, { c: 1 }],
  ],
  [
    "draft-07: definitions, and $ref alone counts",
    {
      $schema: DRAFT_07,
      definitions: { n: { type: "number" } },
      items: { $ref: "#/definitions/n", maximum: 1 },
    },
    [[5]],
    [[""]],
  ],
  [
    "draft-07: $id as an anchor",
    { $schema: DRAFT_07, definitions: { n: { $id: "#n", type: "number" } }, items: { $ref: "#n" } },
    [[5]],
    [[""]],
  ],
];

describe("a JSON Schema validates", () => {
  it.each(KEYWORDS)("%s", async (_keyword, schema, fitting, unfitting) => {
    const validate = await loaded(schema);
    for (const value of fitting) expect(validate(value), JSON.stringify(value)).toEqual({ ok: true, value });
    for (const value of unfitting)
      expect(validate(value), JSON.stringify(value)).toMatchObject({ ok: false });
  });
});

describe("issues", () => {
  it("name every place in a small value, and what is missing", async () => {
    const validate = await loaded({
      type: "object",
      properties: {
        list: { type: "array", items: { type: "object", properties: { "a key": { type: "number" } } } },
        name: { type: "string" },
        0: { type: "string" },
      },
      required: ["id"],
      additionalProperties: false,
    });
    const result = validate({ list: [{}, { "a key": "x" }], name: 1, extra: 1, 0: 0 });
    expect(result).toEqual({
      ok: false,
      issues: expect.arrayContaining([
        { path: 'list[1]["a key"]', message: expect.stringContaining('Expected "number"') },
        { path: "name", message: expect.stringContaining('Expected "string"') },
        { path: '["0"]', message: expect.stringContaining('Expected "string"') },
        { path: "", message: expect.stringContaining('required property "id"') },
        { path: "extra", message: "Not allowed here." },
      ]),
    });
    expect(result.ok ? 0 : result.issues.length).toBe(5);
  });

  it("are at most twenty, and a last one that counts the rest", async () => {
    const validate = await loaded({ items: { type: "string" } });
    const result = validate(Array.from({ length: 50 }, () => 1));
    expect(result.ok ? [] : result.issues).toHaveLength(21);
    expect(result.ok ? [] : result.issues.at(-1)).toEqual({ path: "", message: "And 30 more problems." });
  });
});

describe("the schema on the wire", () => {
  const written = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/tool",
    type: "object",
    $defs: { address: { $anchor: "address", type: "object", properties: { city: { type: "string" } } } },
    properties: { address: { $ref: "#/$defs/address" }, phone: { type: "string", "x-mcp-header": "Phone" } },
    allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["address"] }] }],
    if: { required: ["phone"] },
    [THEN]: { maxProperties: 1 },
    else: { minProperties: 1 },
    additionalProperties: false,
    examples: [{ phone: "1" }],
    "x-vendor": { any: ["thing", null] },
  };

  it("has every keyword as it was written", () => {
    expect(compile(written).json).toEqual(written);
    expect(Object.keys(compile(written).json)).toEqual(Object.keys(written));
  });

  it("is a copy: a frozen schema works, and neither changes the other", async () => {
    const frozen = deepFreeze(structuredClone(written));
    const validate = await loaded(frozen);
    expect(validate({ phone: "1" })).toMatchObject({ ok: true });
    expect(Reflect.ownKeys(frozen.properties.address)).toEqual(["$ref"]);

    const mutable = { type: "object", properties: { a: { type: "string" } } };
    const { json } = compile(mutable);
    mutable.properties.a.type = "number";
    expect(json).toEqual({ type: "object", properties: { a: { type: "string" } } });
  });

  it("may have parts that Zod wrote", () => {
    const { json } = compile({ type: "object", properties: { a: z.toJSONSchema(z.number()) } });
    expect(json).toMatchObject({ properties: { a: { type: "number" } } });
  });

  it("leaves out properties that are undefined", () => {
    expect(compile({ type: "object", title: undefined }).json).toEqual({ type: "object" });
  });
});

describe("a JSON Schema is refused", () => {
  const nested = (depth: number): JsonSchema => {
    let schema: JsonSchema = { type: "string" };
    for (let i = 1; i < depth; i += 1) schema = { not: schema };
    return schema;
  };
  const cyclic: JsonSchema = { type: "object" };
  cyclic.not = cyclic;
  // Twenty definitions, each of which applies the next one twice: a million checks for one value.
  const multiplied: JsonSchema = { $ref: "#/$defs/d0", $defs: { d20: { type: "string" } } };
  for (let i = 0; i < 20; i += 1) {
    const next = { $ref: `#/$defs/d${i + 1}` };
    (multiplied.$defs as JsonSchema)[`d${i}`] = { anyOf: [next, next] };
  }

  const cases: [string, JsonSchema, RegExp][] = [
    [
      "an unknown dialect",
      { $schema: "http://json-schema.org/draft-04/schema#" },
      /draft-04.*Supported are.*2020-12.*draft-07/,
    ],
    ["a dialect that is no string", { $schema: 7 }, /the dialect 7 is not supported/],
    ["two dialects", { $defs: { a: { $schema: DRAFT_07 } } }, /"\$schema" at #\/\$defs\/a differs/],
    [
      "a $ref into the network",
      { properties: { a: { $ref: "https://example.com/a.json" } } },
      /"https:\/\/example.com\/a.json" at #\/properties\/a leads out.*nothing is ever fetched/,
    ],
    ["a $ref to a file", { $ref: "other.json" }, /leads out of the schema/],
    ["a $ref to the metaschema", { $ref: "https://json-schema.org/draft/2020-12/schema" }, /leads out/],
    ["a $dynamicRef into the network", { $dynamicRef: "https://example.com/#a" }, /leads out/],
    ["a $ref to nothing", { $ref: "#/$defs/missing" }, /"#\/\$defs\/missing" at # leads to no schema/],
    ["a $ref into a prototype", { $ref: "#/constructor" }, /leads to no schema/],
    ["a $ref to no schema", { $ref: "#/title", title: "x" }, /leads to no schema/],
    ["a $ref to itself", { $defs: { a: { $ref: "#/$defs/a" } } }, /leads to itself/],
    [
      "a circle of $ref",
      {
        $ref: "#/$defs/a",
        $defs: { a: { allOf: [{ $ref: "#/$defs/b" }] }, b: { anyOf: [{ $ref: "#/$defs/a" }] } },
      },
      /leads back to itself/,
    ],
    ["an ill-formed $ref", { $ref: "#/%zz" }, /leads out|no schema/],
    [
      "an $anchor twice",
      { $defs: { a: { $anchor: "x" }, b: { $anchor: "x" } } },
      /#x is declared a second time at #\/\$defs\/b/,
    ],
    [
      "$dynamicRef across resources",
      {
        $ref: "#/$defs/a",
        $defs: { a: { $id: "a", items: { $dynamicRef: "#x" }, $defs: { x: { $dynamicAnchor: "x" } } } },
      },
      /"\$dynamicRef".*not supported.*jsonSchemaValidator/,
    ],
    ["schemas nested too deep", nested(65), /nested more than 64 deep/],
    ["an object in itself", cyclic, /refers to itself/],
    [
      "too many subschemas",
      { allOf: Array.from({ length: 10_000 }, () => ({})) },
      /more than 10000 subschemas/,
    ],
    ["references that multiply", multiplied, /multiply to more than 10000/],
    [
      "a pattern that is no regular expression",
      { properties: { a: { pattern: "(" } } },
      /at #\/properties\/a, "pattern" is no regular expression/,
    ],
    ["a pattern without the u flag's rules", { pattern: "\\-" }, /"pattern" is no regular expression/],
    [
      "patternProperties likewise",
      { patternProperties: { "[": {} } },
      /"patternProperties": "\[" is no regular/,
    ],
    [
      "a type that does not exist",
      { properties: { a: { type: "strng" } } },
      /at #\/properties\/a, "type" must be one of "string"/,
    ],
    ["items as a list", { items: [{}] }, /"items" must be a schema;.*"prefixItems"/],
    ["an empty anyOf", { anyOf: [] }, /"anyOf" must be an array of at least one schema/],
    [
      "properties that are no schemas",
      { properties: { a: "string" } },
      /"properties" must be an object whose values are schemas/,
    ],
    ["required that is no list", { required: true }, /"required" must be an array of strings/],
    ["a bound that is no number", { minimum: "1" }, /"minimum" must be a number/],
    ["a negative length", { minLength: -1 }, /"minLength" must be a whole number, at least 0/],
    ["a function in it", { default: () => 1 }, /expected JSON at #\/default, got a function/],
    ["a Date in it", { default: new Date(0) }, /expected JSON at #\/default, got an instance of Date/],
    ["infinity in it", { maximum: Number.POSITIVE_INFINITY }, /expected JSON at #\/maximum, got a number/],
    [
      "a library's schema inside",
      { properties: { a: { "~standard": { version: 1, vendor: "zod" } } } },
      /#\/properties\/a, got a schema of zod/,
    ],
  ];

  it.each(cases)("for %s", (_name, schema, message) => {
    expect(() => compile(schema)).toThrow(SchemaError);
    expect(() => compile(schema)).toThrow(message);
    expect(() => compile(schema)).toThrow(WHERE);
  });

  it("only beyond the bounds", () => {
    expect(() => compile(nested(JSON_SCHEMA_LIMITS.schemaDepth))).not.toThrow();
    const most = Array.from({ length: JSON_SCHEMA_LIMITS.subschemas - 1 }, () => ({}));
    expect(() => compile({ allOf: most })).not.toThrow();
  });
});

describe("hostile names", () => {
  const schema = JSON.parse(`{
    "type": "object",
    "properties": {
      "__proto__": { "type": "number" },
      "constructor": { "type": "number" },
      "toString": { "$ref": "#/$defs/__proto__" }
    },
    "required": ["constructor"],
    "additionalProperties": false,
    "$defs": { "__proto__": { "type": "number" } },
    "dependentRequired": { "__proto__": ["toString"] }
  }`);

  it("are names like any other", async () => {
    const validate = await loaded(schema);
    expect(validate(JSON.parse('{"__proto__":1,"constructor":2,"toString":3}'))).toMatchObject({ ok: true });
    expect(validate({})).toMatchObject({ ok: false }); // an inherited constructor is none
    expect(validate(JSON.parse('{"constructor":1,"__proto__":"x","toString":1}'))).toEqual({
      ok: false,
      issues: [{ path: "__proto__", message: expect.stringContaining('"number"') }],
    });
    expect(validate(JSON.parse('{"constructor":1,"__proto__":1}'))).toMatchObject({ ok: false });
    expect(validate(JSON.parse('{"constructor":1,"hasOwnProperty":1}'))).toMatchObject({ ok: false });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("stay on the wire", () => {
    expect(JSON.stringify(compile(schema).json)).toBe(JSON.stringify(schema));
  });
});

describe("hostile values", () => {
  const tree = { properties: { next: { $ref: "#" } } };
  const nested = (depth: number) => JSON.parse(`${'{"next":'.repeat(depth)}1${"}".repeat(depth)}`);

  it("are refused when nested deeper than the bound", async () => {
    const validate = await loaded(tree);
    expect(validate(nested(JSON_SCHEMA_LIMITS.valueDepth))).toMatchObject({ ok: true });
    const refused = { ok: false, issues: [{ path: "", message: "is nested more than 128 levels deep" }] };
    expect(validate(nested(JSON_SCHEMA_LIMITS.valueDepth + 1))).toEqual(refused);
    expect(validate(nested(5_000))).toEqual(refused);
  });

  it("cost no more than their first problems when large", async () => {
    const validate = await loaded({ items: { type: "string" }, type: "array" });
    const result = validate(Array.from({ length: 200_000 }, () => 1));
    expect(result.ok ? [] : result.issues.map((issue) => issue.path)).toEqual(["[0]"]);
  });

  const twice = { properties: { next: { anyOf: [{ $ref: "#" }, { $ref: "#" }] } }, type: "object" };
  it.each([
    ["right", "{}"],
    ["wrong", "1"],
  ])("do not take exponential time where a schema is ambiguous (%s)", async (_is, end) => {
    const validate = await loaded(twice);
    const value = JSON.parse(`${'{"next":'.repeat(40)}${end}${"}".repeat(40)}`);
    expect(validate(value)).toEqual({
      ok: false,
      issues: [{ path: "", message: expect.stringContaining("too many references") }],
    });
    expect(validate({ next: { next: {} } })).toMatchObject({ ok: true });
  });

  it("do not take exponential time to list what is wrong with them", async () => {
    const branch = (kind: string) => ({
      properties: { kind: { const: kind }, left: { $ref: "#" } },
      required: ["kind"],
    });
    const validate = await loaded({ anyOf: [branch("and"), branch("or"), { type: "number" }] });
    const tree = (end: string) => JSON.parse(`${'{"kind":"or","left":'.repeat(50)}${end}${"}".repeat(50)}`);
    expect(validate(tree("1"))).toMatchObject({ ok: true });
    const result = validate(tree("{}"));
    expect(result.ok ? "" : JSON.stringify(result.issues)).toContain("kind");
  });

  it("are refused when too many items would have to be compared, exactly there", async () => {
    const validate = await loaded({
      properties: { ids: { uniqueItems: true }, rows: { items: { type: "number" } } },
    });
    const numbers = (length: number) => Array.from({ length }, (_, i) => i);
    const most = JSON_SCHEMA_LIMITS.uniqueItems;
    expect(validate({ ids: numbers(most), rows: numbers(most * 10) })).toMatchObject({ ok: true });
    expect(validate({ ids: [...numbers(most - 1), 0] })).toMatchObject({
      ok: false,
      issues: [{ path: "ids" }],
    });
    expect(validate({ ids: numbers(most + 1) })).toMatchObject({
      ok: false,
      issues: [{ path: "ids", message: expect.stringContaining("too many items") }],
    });
  });

  it("are refused, not thrown, when the library cannot work through them", async () => {
    const validate = await loaded({ properties: { a: {} }, additionalProperties: { type: "number" } });
    const loneSurrogate = JSON.parse('{"\\ud800": 1}');
    expect(validate(loneSurrogate)).toMatchObject({ ok: false, issues: [{ path: "" }] });
  });
});

describe("values of a program", () => {
  it("are checked as JSON will write them, and handed on as they are", async () => {
    const validate = await loaded({
      properties: { at: { type: "string", format: "date-time" }, gone: { type: "string" } },
      required: ["at"],
    });
    const value = { at: new Date(0), gone: undefined };
    const result = validate(value);
    expect(result).toEqual({ ok: true, value });
    expect(result.ok && result.value).toBe(value);
    expect(validate({ at: Number.NaN })).toMatchObject({ ok: false, issues: [{ path: "at" }] });
  });

  it("are refused when JSON cannot write them", async () => {
    const validate = await loaded({});
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const value of [undefined, () => {}, Symbol("s"), 1n, { a: 1n }, cyclic, { f: () => {}, cyclic }]) {
      expect(validate(value)).toMatchObject({ ok: false, issues: [{ path: "" }] });
    }
  });
});

describe("the library that checks values", () => {
  it("is awaited by the first validation only", async () => {
    const compiled = compile({ type: "number" });
    const first = compiled.validate(1);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toEqual({ ok: true, value: 1 });
    expect(compiled.validate(1)).toEqual({ ok: true, value: 1 });
    expect(compiled.validate("x")).toMatchObject({ ok: false });
  });

  it("says how to install it where it is missing, on waiting and on validating", async () => {
    const missing = () => Promise.reject(new Error("Cannot find package"));
    const compiled = compileJsonSchema({ type: "object" }, { where: WHERE, load: missing });
    const message = /tool "add": .*npm install @cfworker\/json-schema.*jsonSchemaValidator/;
    await expect(compiled.ready).rejects.toThrow(message);
    await expect(compiled.validate({})).rejects.toThrow(message);
    expect(compiled.json).toEqual({ type: "object" });
  });
});

describe("a validator of the user's own", () => {
  const own = (compiled: { schemas: JsonSchema[] }) => (schema: JsonSchema) => {
    compiled.schemas.push(schema);
    return (value: unknown): Validation =>
      value === "fits" ? { ok: true, value } : { ok: false, issues: [{ path: "", message: "does not fit" }] };
  };
  const use = (schema: JsonSchema, seen: { schemas: JsonSchema[] } = { schemas: [] }): CompiledSchema =>
    compileSchema(schema, { io: "output", where: WHERE, jsonSchemaValidator: own(seen) });

  it("gets the schema once, as it is on the wire, and checks synchronously", () => {
    const seen = { schemas: [] as JsonSchema[] };
    const compiled = use({ type: "object", "x-own": 1 }, seen);
    expect(compiled.validate("fits")).toEqual({ ok: true, value: "fits" });
    expect(compiled.validate("other")).toMatchObject({ ok: false });
    expect(compiled.ready).toBeUndefined();
    expect(seen.schemas).toEqual([{ type: "object", "x-own": 1 }]);
  });

  it("may know other dialects and $dynamicRef across resources", () => {
    const draft04 = {
      $schema: "http://json-schema.org/draft-04/schema#",
      exclusiveMinimum: true,
      minimum: 1,
    };
    expect(use(draft04).json).toEqual(draft04);
    const dynamic = {
      $ref: "a",
      $defs: { a: { $id: "a", $dynamicRef: "#x", $defs: { x: { $dynamicAnchor: "x" } } } },
    };
    expect(use(dynamic).json).toEqual(dynamic);
  });

  it("does not loosen the bounds, nor let references out", () => {
    expect(() => use({ $ref: "https://example.com/" })).toThrow(/leads out/);
    expect(() => use({ allOf: Array.from({ length: 10_000 }, () => ({})) })).toThrow(/more than 10000/);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
