import type { JsonSchema } from "../../protocol/schema/json-schema.ts";
import type { StandardInput, StandardOutput, StandardSchemaV1 } from "./standard-schema.ts";

export type { JsonSchema };

/**
 * What may be given wherever a schema is asked for: a schema of any library that implements Standard Schema
 * (Zod, Valibot, ArkType, Effect Schema and others), or a JSON Schema object. A JSON Schema is of draft
 * 2020-12 unless its `$schema` says draft-07; no other dialect is supported without a `jsonSchemaValidator`.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#json-schema-usage
 */
export type Schema = StandardSchemaV1 | JsonSchema;

/**
 * The type of a value that passed the schema. For a JSON Schema the type is read from `type`, `properties`,
 * `required`, `items`, `enum`, `const`, `anyOf` and `oneOf` as far as they are literal types (`as const`);
 * what cannot be read is `unknown`, and at the root `Record<string, unknown>`.
 */
export type Infer<S> = S extends StandardSchemaV1 ? StandardOutput<S> : InferJsonRoot<S>;

/** The type of a value that the schema accepts: differs from {@link Infer} by defaults and transformations. */
export type InferInput<S> = S extends StandardSchemaV1 ? StandardInput<S> : InferJsonRoot<S>;

type InferJsonRoot<S> = unknown extends InferJson<S> ? Record<string, unknown> : InferJson<S>;

type InferJson<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly anyOf: readonly (infer Branch)[] }
      ? InferJson<Branch>
      : S extends { readonly oneOf: readonly (infer Branch)[] }
        ? InferJson<Branch>
        : S extends { readonly type: infer Type }
          ? InferType<S, Type>
          : unknown;

// Distributes over `Type`, so that `type: ["string", "null"]` is a union.
type InferType<S, Type> = Type extends readonly (infer One)[]
  ? InferType<S, One>
  : Type extends "string"
    ? string
    : Type extends "number" | "integer"
      ? number
      : Type extends "boolean"
        ? boolean
        : Type extends "null"
          ? null
          : Type extends "array"
            ? InferArray<S>
            : Type extends "object"
              ? InferObject<S>
              : unknown;

type InferArray<S> = S extends { readonly items: infer Items } ? InferJson<Items>[] : unknown[];

type InferObject<S> = S extends { readonly properties: infer Properties }
  ? Flatten<
      { -readonly [K in RequiredKeys<S, Properties>]: InferJson<Properties[K]> } & {
        -readonly [K in Exclude<keyof Properties, RequiredKeys<S, Properties>>]?: InferJson<Properties[K]>;
      }
    >
  : S extends { readonly additionalProperties: infer Values }
    ? Record<string, Values extends boolean ? unknown : InferJson<Values>>
    : Record<string, unknown>;

type RequiredKeys<S, Properties> = S extends { readonly required: readonly (infer Name)[] }
  ? Extract<keyof Properties, Name>
  : never;

type Flatten<T> = { [K in keyof T]: T[K] };
