import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Schema as EffectSchema } from "effect";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { applyDefaults } from "../../protocol/schema/defaults.ts";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { compileSchema } from "./compile.ts";
import { toRequestedSchema } from "./elicitation.ts";
import type { JsonSchema, Schema } from "./types.ts";

const requested = (schema: Schema) =>
  toRequestedSchema(compileSchema(schema, { io: "input", where: "elicitation schema" }));

const object = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
  type: "object",
  properties,
  ...more,
});

/** The one field of a form. */
const field = (schema: unknown, more: JsonSchema = {}) =>
  (requested(object({ f: schema }, more)).properties as JsonSchema).f;

const effect = <S extends EffectSchema.ConstraintDecoder<unknown>>(schema: S) =>
  EffectSchema.toStandardJSONSchemaV1(EffectSchema.toStandardSchemaV1(schema));

const FORM = {
  type: "object",
  properties: {
    email: { type: "string", format: "email" },
    age: { type: "integer" },
    score: { type: "number" },
    sure: { type: "boolean" },
    color: { type: "string", enum: ["red", "blue"] },
    many: { type: "array", items: { type: "string", enum: ["red", "blue"] } },
    note: { type: "string" },
  },
  required: ["age", "color", "email", "many", "score", "sure"],
};

const FORMS: [string, Schema, JsonSchema][] = [
  [
    "zod",
    z.object({
      email: z.email(),
      age: z.int(),
      score: z.number(),
      sure: z.boolean(),
      color: z.enum(["red", "blue"]),
      many: z.array(z.union([z.literal("red"), z.literal("blue")])),
      note: z.string().nullish(),
    }),
    FORM,
  ],
  [
    "valibot",
    toStandardJsonSchema(
      v.object({
        email: v.pipe(v.string(), v.email()),
        age: v.pipe(v.number(), v.integer()),
        score: v.number(),
        sure: v.boolean(),
        color: v.picklist(["red", "blue"]),
        many: v.array(v.union([v.literal("red"), v.literal("blue")])),
        note: v.nullish(v.string()),
      }),
    ),
    FORM,
  ],
  [
    "arktype",
    type({
      email: "string.email",
      age: "number.integer",
      score: "number",
      sure: "boolean",
      color: "'red' | 'blue'",
      many: "('red' | 'blue')[]",
      "note?": "string | null",
    }),
    { ...FORM, properties: withBlueFirst(FORM.properties) },
  ],
  [
    "effect",
    effect(
      EffectSchema.Struct({
        email: EffectSchema.String,
        age: EffectSchema.Int,
        score: EffectSchema.Number,
        sure: EffectSchema.Boolean,
        color: EffectSchema.Literals(["red", "blue"]),
        many: EffectSchema.Array(
          EffectSchema.Union([EffectSchema.Literal("red"), EffectSchema.Literal("blue")]),
        ),
        note: EffectSchema.optional(EffectSchema.NullOr(EffectSchema.String)),
      }),
    ),
    { ...FORM, properties: { ...FORM.properties, email: { type: "string" } } },
  ],
];

// ArkType sorts the values of a union.
function withBlueFirst(properties: typeof FORM.properties): typeof FORM.properties {
  const values = ["blue", "red"];
  return {
    ...properties,
    color: { ...properties.color, enum: values },
    many: { ...properties.many, items: { ...properties.many.items, enum: values } },
  };
}

describe("toRequestedSchema", () => {
  it.each(FORMS)("makes the same plain form of a schema of %s", (_library, schema, form) => {
    const { required, ...rest } = requested(schema);
    const { required: expected, ...expectedRest } = form;
    expect(rest).toEqual(expectedRest);
    expect([...(required as string[])].sort()).toEqual(expected);
  });

  it("keeps what a form can say, as it was written", () => {
    const schema = object(
      {
        name: {
          type: "string",
          title: "Name",
          description: "Yours",
          minLength: 1,
          maxLength: 9,
          default: "Jo",
        },
        site: { type: "string", format: "uri" },
        day: { type: "string", format: "date" },
        at: { type: "string", format: "date-time" },
        age: { type: "integer", minimum: 0, maximum: 150, default: 30 },
        score: { type: "number", minimum: 0.5, default: 95.5 },
        sure: { type: "boolean", default: true },
        untitled: { type: "string", enum: ["a", "b"], default: "a" },
        titled: {
          type: "string",
          oneOf: [
            { const: "a", title: "A" },
            { const: "b", title: "B" },
          ],
        },
        legacy: { type: "string", enum: ["a", "b"], enumNames: ["A", "B"] },
        several: {
          type: "array",
          minItems: 1,
          maxItems: 2,
          items: { type: "string", enum: ["a", "b"] },
          default: ["a"],
        },
        titledSeveral: {
          type: "array",
          items: {
            anyOf: [
              { const: "a", title: "A" },
              { const: "b", title: "B" },
            ],
          },
        },
      },
      { required: ["name", "age"] },
    );
    expect(requested(schema)).toEqual(schema);
    expect(JSON.stringify(requested(schema))).toContain('"required":["name","age"]');
  });

  it("leaves out what strict clients refuse, since answers are checked against the full schema anyway", () => {
    const schema = object(
      {
        code: { type: "string", pattern: "^a", format: "uuid", examples: ["a"], "x-own": 1 },
        step: { type: "number", multipleOf: 2 },
        set: { type: "array", uniqueItems: true, items: { type: "string", enum: ["a"], title: "T" } },
      },
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: "Form",
        additionalProperties: false,
        $defs: { unused: {} },
        minProperties: 1,
        required: [],
      },
    );
    expect(requested(schema)).toEqual(
      object({
        code: { type: "string" },
        step: { type: "number" },
        set: { type: "array", items: { type: "string", enum: ["a"] } },
      }),
    );
  });

  it("says bounds as minimum and maximum, but not those of safe integers", () => {
    const safe = Number.MAX_SAFE_INTEGER;
    expect(field({ type: "integer", minimum: -safe, maximum: safe })).toEqual({ type: "integer" });
    expect(field({ type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 2.5 })).toEqual({
      type: "integer",
      minimum: 1,
      maximum: 2,
    });
    expect(field({ type: "number", exclusiveMinimum: 0, minimum: -1, exclusiveMaximum: 1 })).toEqual({
      type: "number",
      minimum: 0,
      maximum: 1,
    });
  });

  const choices: [string, unknown, JsonSchema][] = [
    ["enum without type", { enum: ["a", "b"] }, { type: "string", enum: ["a", "b"] }],
    ["const", { const: "a" }, { type: "string", enum: ["a"] }],
    ["const with the field's title", { const: "a", title: "T" }, { type: "string", title: "T", enum: ["a"] }],
    ["anyOf of const", { anyOf: [{ const: "a" }, { const: "b" }] }, { type: "string", enum: ["a", "b"] }],
    [
      "anyOf of enums",
      { anyOf: [{ enum: ["a"] }, { enum: ["b", "c"] }] },
      { type: "string", enum: ["a", "b", "c"] },
    ],
    [
      "anyOf with some titles",
      { title: "T", anyOf: [{ const: "a", title: "A" }, { const: "b" }] },
      {
        type: "string",
        title: "T",
        oneOf: [
          { const: "a", title: "A" },
          { const: "b", title: "b" },
        ],
      },
    ],
    [
      "choices in a choice",
      {
        anyOf: [
          {
            oneOf: [
              { const: "a", title: "A" },
              { const: "b", title: "B" },
            ],
          },
          { const: "c" },
        ],
      },
      {
        type: "string",
        oneOf: [
          { const: "a", title: "A" },
          { const: "b", title: "B" },
          { const: "c", title: "c" },
        ],
      },
    ],
    ["nullable enum", { enum: ["a", null], default: null }, { type: "string", enum: ["a"] }],
    ["nullable by type", { type: ["string", "null"], maxLength: 3 }, { type: "string", maxLength: 3 }],
    [
      "nullable by union",
      { anyOf: [{ type: "boolean" }, { type: "null" }], title: "T" },
      { type: "boolean", title: "T" },
    ],
    ["or undefined, as ArkType has it", { anyOf: [{ const: "a" }, {}] }, { type: "string", enum: ["a"] }],
    [
      "a number as Effect has it",
      { anyOf: [{ type: "number" }, { type: "string", enum: ["Infinity", "-Infinity", "NaN"] }] },
      { type: "number" },
    ],
    ["true only", { const: true }, { type: "boolean" }],
    ["booleans as enum", { enum: [true, false] }, { type: "boolean" }],
    [
      "allOf",
      { type: "string", allOf: [{ minLength: 2 }, { maxLength: 3 }] },
      { type: "string", minLength: 2, maxLength: 3 },
    ],
  ];
  it.each(choices)("recognises a field written as %s", (_name, schema, expected) => {
    expect(field(schema)).toEqual(expected);
  });

  it("follows references, for fields, for items and for the whole", () => {
    const $defs = { color: { enum: ["red", "blue"], title: "Color" } };
    expect(field({ $ref: "#/$defs/color", description: "D" }, { $defs })).toEqual({
      type: "string",
      title: "Color",
      description: "D",
      enum: ["red", "blue"],
    });
    expect(field({ type: "array", items: { $ref: "#/$defs/color" } }, { $defs })).toMatchObject({
      items: { type: "string", enum: ["red", "blue"] },
    });
    const named = z.object({ a: z.string() }).meta({ id: "Answer" });
    expect(requested(named)).toEqual(object({ a: { type: "string" } }, { required: ["a"] }));
  });

  it("joins the properties of allOf", () => {
    const part = (name: string) => object({ [name]: { type: "string" } }, { required: [name] });
    expect(requested({ ...part("c"), allOf: [part("a"), part("b")] })).toEqual(
      object(
        { a: { type: "string" }, b: { type: "string" }, c: { type: "string" } },
        { required: ["a", "b", "c"] },
      ),
    );
  });

  it("keeps a nullable field required when leaving it out would not pass", () => {
    const schema = z.object({
      a: z.string().nullable(),
      b: z.string().nullish(),
      c: z.string().default("x"),
    });
    expect(requested(schema)).toMatchObject({ required: ["a"] });
  });

  it("takes a field with any name", () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
    );
    expect(JSON.stringify(requested(schema))).toBe(JSON.stringify(schema));
  });

  it("does not change the compiled schema", () => {
    const compiled = compileSchema(z.object({ a: z.email() }), { io: "input", where: "elicitation schema" });
    const before = structuredClone(compiled.json);
    toRequestedSchema(compiled);
    expect(compiled.json).toEqual(before);
  });

  const refused: [string, unknown, RegExp][] = [
    [
      "a nested object",
      { type: "object", properties: {} },
      /the property "f": got type "object"; a form can ask for/,
    ],
    [
      "a list of text",
      { type: "array", items: { type: "string" } },
      /the property "f": got an array of type "string"/,
    ],
    ["a list of anything", { type: "array" }, /the property "f": got an array of no stated type/],
    [
      "a union",
      { anyOf: [{ type: "string" }, { type: "number" }] },
      /got a union of type "string" and type "number"/,
    ],
    ["a union by type", { type: ["string", "number"] }, /got a union of string and number/],
    ["a choice of numbers", { enum: [1, 2] }, /got a choice of values that are not all strings/],
    [
      "a choice of one number",
      { type: "number", const: 1 },
      /got a choice of values that are not all strings/,
    ],
    [
      "a choice of this and that",
      { type: "string", enum: ["a", 1] },
      /got a choice of values that are not all/,
    ],
    ["a union of nothing", { anyOf: [{ type: "null" }] }, /got no stated type/],
    ["null", { type: "null" }, /got type "null"/],
    ["anything", {}, /got no stated type/],
    ["a schema of true", true, /got no stated type/],
    ["references in a circle of properties", { $ref: "#" }, /got type "object"/],
    ["a default of another type", { type: "string", default: 1 }, /has the default 1; expected a string/],
    [
      "a default that is no choice",
      { enum: ["a"], default: "b" },
      /has the default "b"; expected one of its choices/,
    ],
    [
      "a default that is no integer",
      { type: "integer", default: 1.5 },
      /has the default 1.5; expected an integer/,
    ],
    ["names that do not match", { enum: ["a", "b"], enumNames: ["A"] }, /"enumNames" that do not match/],
  ];
  it.each(refused)("refuses %s, naming the property", (_name, schema, message) => {
    expect(() => field(schema)).toThrow(SchemaError);
    expect(() => field(schema)).toThrow(message);
  });

  it("refuses a union or condition at the root, and a required field that is none", () => {
    const union = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
    expect(() => requested(union)).toThrow(/expected one flat object, got a union or a condition/);
    expect(() => requested(object({}, { if: {}, else: {} }))).toThrow(/expected one flat object/);
    expect(() => requested(object({}, { required: ["x"] }))).toThrow(/"x" is required but is not among/);
  });
});

describe("applyDefaults", () => {
  const schema = requested(
    object({
      name: { type: "string", default: "Jo" },
      sure: { type: "boolean", default: false },
      many: { type: "array", items: { enum: ["a", "b"] }, default: ["a"] },
      text: { type: "string" },
    }),
  );

  it("fills what is missing and nothing else", () => {
    const content = Object.freeze({ sure: true, extra: 1 });
    expect(applyDefaults(schema, content)).toEqual({ name: "Jo", sure: true, many: ["a"], extra: 1 });
    expect(content).toEqual({ sure: true, extra: 1 });
  });

  it("does not hand out the schema's own objects, nor take inherited values for given ones", () => {
    const [first, second] = [applyDefaults(schema, {}), applyDefaults(schema, {})];
    (first.many as string[]).push("b");
    expect(second.many).toEqual(["a"]);
    const hostile = requested(
      JSON.parse('{"type":"object","properties":{"__proto__":{"enum":["x"],"default":"x"}}}'),
    );
    expect(JSON.stringify(applyDefaults(hostile, {}))).toBe('{"__proto__":"x"}');
  });
});
