import { toJsonSchema, toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Effect, Schema as EffectSchema } from "effect";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { type CompileOptions, compileSchema } from "./compile.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";
import type { JsonSchema, Schema } from "./types.ts";
import type { Validation } from "./validation.ts";

const INPUT: CompileOptions = { io: "input", where: 'input schema of the tool "add"' };
const OUTPUT: CompileOptions = { io: "output", where: 'output schema of the tool "add"' };

const effect = <S extends EffectSchema.ConstraintDecoder<unknown>>(schema: S) =>
  EffectSchema.toStandardJSONSchemaV1(EffectSchema.toStandardSchemaV1(schema));

/** The same shape in every library: a number, a string with the default "m", an optional flag, a nested list. */
const SHAPE: Record<string, Schema> = {
  zod: z.object({
    amount: z.number(),
    unit: z.string().default("m"),
    exact: z.boolean().optional(),
    tags: z.object({ list: z.array(z.string()) }),
  }),
  valibot: toStandardJsonSchema(
    v.object({
      amount: v.number(),
      unit: v.optional(v.string(), "m"),
      exact: v.optional(v.boolean()),
      tags: v.object({ list: v.array(v.string()) }),
    }),
  ),
  arktype: type({
    amount: "number",
    unit: "string = 'm'",
    "exact?": "boolean",
    tags: { list: "string[]" },
  }),
  effect: effect(
    EffectSchema.Struct({
      amount: EffectSchema.Finite,
      unit: EffectSchema.String.pipe(EffectSchema.withDecodingDefaultKey(Effect.succeed("m"))),
      exact: EffectSchema.optionalKey(EffectSchema.Boolean),
      tags: EffectSchema.Struct({ list: EffectSchema.Array(EffectSchema.String) }),
    }),
  ),
};

describe.each(Object.entries(SHAPE))("a schema of %s", (_library, schema) => {
  const compiled = compileSchema(schema, INPUT);

  it("is put on the wire as JSON Schema of what it accepts, without $schema", () => {
    expect(compiled.json).toMatchObject({
      type: "object",
      properties: {
        amount: { type: "number" },
        unit: { type: "string" },
        exact: { type: "boolean" },
        tags: { type: "object", properties: { list: { type: "array", items: { type: "string" } } } },
      },
    });
    expect(new Set(compiled.json.required as string[])).toEqual(new Set(["amount", "tags"]));
    expect(compiled.json).not.toHaveProperty("$schema");
  });

  it("fills defaults and validates synchronously", () => {
    const result = compiled.validate({ amount: 1, tags: { list: [] } });
    expect(result).toEqual({ ok: true, value: { amount: 1, unit: "m", tags: { list: [] } } });
  });

  it("says where a value is wrong", () => {
    const result = compiled.validate({ amount: 1, tags: { list: ["x", 2] } }) as Validation;
    expect(result.ok ? [] : result.issues.map((issue) => issue.path)).toEqual(["tags.list[1]"]);
    expect(result.ok ? "" : result.issues[0]?.message).not.toBe("");
  });

  it("refuses what is no object", () => {
    expect(compiled.validate(undefined)).toMatchObject({ ok: false, issues: [{ path: "" }] });
  });
});

describe("transformations", () => {
  const schemas: [string, Schema, Schema][] = [
    [
      "zod",
      z.object({ n: z.string().transform(Number) }),
      z.object({ n: z.string().transform(Number).pipe(z.number()) }),
    ],
    [
      "valibot",
      toStandardJsonSchema(v.object({ n: v.pipe(v.string(), v.toNumber(), v.number()) })),
      toStandardJsonSchema(v.object({ n: v.pipe(v.string(), v.toNumber(), v.number()) })),
    ],
    ["arktype", type({ n: "string.numeric.parse" }), type({ n: type("string").pipe(Number).to("number") })],
    [
      "effect",
      effect(EffectSchema.Struct({ n: EffectSchema.FiniteFromString })),
      effect(EffectSchema.Struct({ n: EffectSchema.FiniteFromString })),
    ],
  ];

  it.each(schemas)("of %s: accepts the input side and hands on the output side", (_library, schema) => {
    const compiled = compileSchema(schema, INPUT);
    expect(compiled.json).toMatchObject({ properties: { n: { type: "string" } } });
    expect(compiled.validate({ n: "42" })).toEqual({ ok: true, value: { n: 42 } });
  });

  it.each(schemas.filter(([library]) => library !== "effect"))(
    "of %s: the output side is what the JSON Schema of an output says",
    (_library, _schema, schema) => {
      expect(compileSchema(schema, OUTPUT).json).toMatchObject({ properties: { n: { type: "number" } } });
    },
  );
});

describe("validation", () => {
  it("is asynchronous when the library is", async () => {
    const schema = z.object({ name: z.string().refine(async (name) => name !== "taken", "is taken") });
    const compiled = compileSchema(schema, INPUT);
    const free = compiled.validate({ name: "free" });
    expect(free).toBeInstanceOf(Promise);
    expect(await free).toEqual({ ok: true, value: { name: "free" } });
    expect(await compiled.validate({ name: "taken" })).toEqual({
      ok: false,
      issues: [{ path: "name", message: "is taken" }],
    });
  });

  it("passes on what a schema throws, since that is no fault of the value", async () => {
    const away = () => {
      throw new Error("database is away");
    };
    const asked = z.object({}).refine(away);
    await expect(async () => compileSchema(asked, INPUT).validate({})).rejects.toThrow("database is away");
  });

  it("writes paths as in code, whatever the keys", () => {
    const fake = standard({
      validate: () => ({
        issues: [
          { message: "no", path: ["a key", { key: 3 }, "b", Symbol("s"), "__proto__"] },
          { message: "none" },
        ],
      }),
    });
    expect(compileSchema(fake, { ...INPUT, schemaAdapter: () => ({ type: "object" }) }).validate({})).toEqual(
      {
        ok: false,
        issues: [
          { path: '["a key"][3].b[Symbol(s)].__proto__', message: "no" },
          { path: "", message: "none" },
        ],
      },
    );
  });
});

describe("the JSON Schema of a Standard Schema", () => {
  it("comes from the user's adapter first, which is told the side", () => {
    const seen: unknown[] = [];
    const schemaAdapter = (schema: unknown, { io }: { io: string }): JsonSchema => {
      seen.push(schema, io);
      return { $schema: "http://json-schema.org/draft-07/schema#", type: "object", title: "mine" };
    };
    const schema = z.object({});
    expect(compileSchema(schema, { ...OUTPUT, schemaAdapter }).json).toEqual(schemaAdapter(schema, OUTPUT));
    expect(seen.slice(0, 2)).toEqual([schema, "output"]);
  });

  it("comes from the schema where the adapter leaves it", () => {
    const { json } = compileSchema(z.object({ a: z.string() }), { ...INPUT, schemaAdapter: () => undefined });
    expect(json).toMatchObject({ properties: { a: { type: "string" } } });
  });

  it("comes from the library's own method where there is no Standard JSON Schema", () => {
    const zod = z.object({ a: z.string().default("x") });
    const oldZod = standard({ toJSONSchema: zod.toJSONSchema.bind(zod) });
    expect(compileSchema(oldZod, INPUT).json).not.toHaveProperty("required");
    expect(compileSchema(oldZod, OUTPUT).json).toHaveProperty("required", ["a"]);

    const ark = type({ a: type("string").pipe(Number).to("number") });
    const oldArk = standard({ in: ark.in, out: ark.out });
    expect(compileSchema(oldArk, INPUT).json).toMatchObject({ properties: { a: { type: "string" } } });
    expect(compileSchema(oldArk, OUTPUT).json).toMatchObject({ properties: { a: { type: "number" } } });
  });

  it("does not share its objects with the library, and holds only what JSON holds", () => {
    const shared = { type: "object", "x-view": () => {}, default: undefined, properties: {} };
    const { json } = compileSchema(z.object({}), { ...INPUT, schemaAdapter: () => shared });
    expect(json).toEqual({ type: "object", properties: {} });
    expect(json.properties).not.toBe(shared.properties);
  });

  it("says type object at the root where unions or references allow nothing else", () => {
    const union = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a") }),
      z.object({ kind: z.literal("b") }),
    ]);
    expect(compileSchema(union, INPUT).json).toMatchObject({ type: "object", oneOf: [{}, {}] });

    const named = z.object({ a: z.string() }).meta({ id: "Named" });
    expect(compileSchema(named, INPUT).json).toMatchObject({ type: "object", $ref: "#/$defs/Named" });

    class Point extends EffectSchema.Class<Point>("Point")({ x: EffectSchema.Finite }) {}
    expect(compileSchema(effect(Point), INPUT).json).toMatchObject({ type: "object" });
  });

  it("keeps annotations such as x-mcp-header", () => {
    const schema = z.object({ region: z.string().meta({ "x-mcp-header": "Region" }) });
    expect(compileSchema(schema, INPUT).json).toMatchObject({
      properties: { region: { "x-mcp-header": "Region" } },
    });
  });

  it("may be of any type for an output", () => {
    expect(compileSchema(z.array(z.string()), OUTPUT).json).toMatchObject({ type: "array" });
  });
});

describe("a schema that cannot be used", () => {
  const cases: [string, unknown, Partial<CompileOptions>, RegExp][] = [
    ["zod, no object", z.string(), {}, /tool "add": expected a schema of objects.*"type": "string"/],
    ["zod, a union with a string", z.union([z.object({}), z.string()]), {}, /got one with no "type"/],
    ["a raw schema without type", { properties: {} }, {}, /got one with no "type" at its root/],
    ["zod, not expressible", z.object({ at: z.date() }), {}, /tool "add": zod cannot write its input.*Date/],
    [
      "zod without JSON Schema",
      standard({ vendor: "zod" }),
      {},
      /of zod does not.*z\.toJSONSchema\(s as z\.ZodType/,
    ],
    ["valibot, not wrapped", v.object({}), {}, /of valibot does not.*toStandardJsonSchema\(schema\)/],
    ["arktype before 2.1.28", standard({ vendor: "arktype" }), {}, /of arktype.*ArkType 2\.1\.28/],
    [
      "a library not known",
      standard({ vendor: "acme" }),
      {},
      /of acme.*`schemaAdapter: \(schema\) => JsonSchema`/,
    ],
    [
      "effect, not wrapped",
      EffectSchema.Struct({}),
      {},
      /effect is no Standard Schema until.*toStandardSchemaV1/,
    ],
    [
      "effect, half wrapped for validation",
      EffectSchema.toStandardSchemaV1(EffectSchema.Struct({})),
      {},
      /of effect does not write.*toStandardJSONSchemaV1\(Schema\.toStandardSchemaV1\(schema\)\)/,
    ],
    [
      "effect, half wrapped for JSON Schema",
      EffectSchema.toStandardJSONSchemaV1(EffectSchema.Struct({})),
      {},
      /of effect can write itself.*but not validate/,
    ],
    [
      "a later Standard Schema",
      { "~standard": { version: 2, vendor: "acme" } },
      {},
      /expected version 1.*got 2 \(acme\)/,
    ],
    ["an instance of a class", new Map(), {}, /expected a Standard Schema.*got an instance of Map/],
    ["a function", () => {}, {}, /got a function/],
    ["null", null, {}, /got null/],
    [
      "an adapter's nonsense",
      z.object({}),
      { schemaAdapter: () => [] as unknown as JsonSchema },
      /got an array/,
    ],
    [
      "an adapter that fails",
      z.object({}),
      {
        schemaAdapter: () => {
          throw new Error("boom");
        },
      },
      /zod cannot write its input as JSON Schema: boom/,
    ],
  ];

  it.each(cases)("%s: is refused in words that name it", (_name, schema, options, message) => {
    const compile = () => compileSchema(schema as Schema, { ...INPUT, ...options });
    expect(compile).toThrow(SchemaError);
    expect(compile).toThrow(message);
  });

  it("works with the adapter that the error proposes", () => {
    const schemaAdapter = (schema: unknown, { io }: { io: "input" | "output" }) =>
      toJsonSchema(schema as v.GenericSchema, { typeMode: io }) as JsonSchema;
    const compiled = compileSchema(v.object({ a: v.string() }), { ...INPUT, schemaAdapter });
    expect(compiled.json).toMatchObject({ type: "object", properties: { a: { type: "string" } } });
  });
});

/** A Standard Schema as a library would make one that knows nothing of JSON Schema. */
function standard(
  own: Record<string, unknown> & { vendor?: string; validate?: StandardSchemaV1["~standard"]["validate"] },
): StandardSchemaV1 {
  const { vendor = "acme", validate = (value: unknown) => ({ value }), ...methods } = own;
  return { ...methods, "~standard": { version: 1, vendor, validate } };
}
