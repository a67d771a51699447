import { type } from "arktype";
import { Schema as EffectSchema } from "effect";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";
import type { Infer, InferInput, JsonSchema, Schema } from "./types.ts";

describe("Infer", () => {
  it("is what a Standard Schema yields, InferInput what it accepts", () => {
    const zod = z.object({ a: z.string().transform(Number), b: z.boolean().default(true) });
    expectTypeOf<Infer<typeof zod>>().toEqualTypeOf<{ a: number; b: boolean }>();
    expectTypeOf<InferInput<typeof zod>>().toEqualTypeOf<{ a: string; b?: boolean | undefined }>();

    const valibot = v.object({ a: v.optional(v.string(), "x") });
    expectTypeOf<Infer<typeof valibot>>().toEqualTypeOf<{ a: string }>();
    expectTypeOf<InferInput<typeof valibot>>().toEqualTypeOf<{ a?: string | undefined }>();

    const ark = type({ a: "number", "b?": "string" });
    expectTypeOf<Infer<typeof ark>>().toEqualTypeOf<{ a: number; b?: string }>();

    const effect = EffectSchema.toStandardSchemaV1(EffectSchema.Struct({ a: EffectSchema.FiniteFromString }));
    expectTypeOf<Infer<typeof effect>>().toEqualTypeOf<{ readonly a: number }>();
    expectTypeOf<InferInput<typeof effect>>().toEqualTypeOf<{ readonly a: string }>();
  });

  it("reads objects with required and optional properties from a JSON Schema", () => {
    const schema = {
      type: "object",
      properties: {
        text: { type: "string" },
        amount: { type: "number" },
        count: { type: "integer" },
        flag: { type: "boolean" },
        nothing: { type: "null" },
      },
      required: ["text", "count"],
    } as const;
    expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<{
      text: string;
      count: number;
      amount?: number;
      flag?: boolean;
      nothing?: null;
    }>();
    expectTypeOf<InferInput<typeof schema>>().toEqualTypeOf<Infer<typeof schema>>();
  });

  it("reads enums, constants, unions, lists and nested objects", () => {
    const schema = {
      type: "object",
      properties: {
        unit: { enum: ["m", "km"] },
        kind: { const: "fixed" },
        nullable: { type: ["string", "null"] },
        either: { anyOf: [{ type: "string" }, { type: "number" }] },
        one: { oneOf: [{ const: 1 }, { const: 2 }] },
        list: { type: "array", items: { type: "integer" } },
        anyList: { type: "array" },
        nested: { type: "object", properties: { deep: { type: "boolean" } }, required: ["deep"] },
        map: { type: "object", additionalProperties: { type: "number" } },
        free: { type: "object" },
        unknown: { $ref: "#/$defs/x" },
      },
      required: [
        "unit",
        "kind",
        "nullable",
        "either",
        "one",
        "list",
        "anyList",
        "nested",
        "map",
        "free",
        "unknown",
      ],
    } as const;
    expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<{
      unit: "m" | "km";
      kind: "fixed";
      nullable: string | null;
      either: string | number;
      one: 1 | 2;
      list: number[];
      anyList: unknown[];
      nested: { deep: boolean };
      map: Record<string, number>;
      free: Record<string, unknown>;
      unknown: unknown;
    }>();
  });

  it("is a record of unknown where a JSON Schema says nothing in types", () => {
    const loose = { type: "object", properties: { a: { type: "string" } } };
    expectTypeOf<Infer<typeof loose>>().toEqualTypeOf<Record<string, unknown>>();
    expectTypeOf<Infer<JsonSchema>>().toEqualTypeOf<Record<string, unknown>>();
    const bare = { type: "object" } as const;
    expectTypeOf<Infer<typeof bare>>().toEqualTypeOf<Record<string, unknown>>();
  });

  it("keeps literals in a generic function without `as const`", () => {
    const define = <const S extends Schema>(_schema: S, handler: (value: Infer<S>) => void) => handler;
    define({ type: "object", properties: { a: { type: "number" } }, required: ["a"] }, (value) => {
      expectTypeOf(value).toEqualTypeOf<{ a: number }>();
    });
    define(z.object({ a: z.string() }), (value) => {
      expectTypeOf(value).toEqualTypeOf<{ a: string }>();
    });
  });

  it("does not take a raw Effect schema, nor anything that is no schema", () => {
    expectTypeOf(EffectSchema.Struct({ a: EffectSchema.String })).not.toExtend<Schema>();
    expectTypeOf<string>().not.toExtend<Schema>();
  });
});
