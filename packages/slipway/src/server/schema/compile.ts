import { formatPath } from "../../protocol/schema/path.ts";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { describe, isPlainObject } from "./json.ts";
import { compileJsonSchema } from "./json-schema.ts";
import { type Io, jsonSchemaOf, remedy, type SchemaAdapter } from "./standard-json.ts";
import type { StandardSchemaIssue, StandardSchemaResult, StandardSchemaV1 } from "./standard-schema.ts";
import type { JsonSchema, Schema } from "./types.ts";
import type { CompiledSchema, Issue, JsonSchemaValidator, Validation } from "./validation.ts";

export interface CompileOptions {
  /**
   * `input`: values come from the client, the JSON Schema says what the schema accepts, and its root must be of
   * type object. `output`: values go to the client, the JSON Schema says what the schema yields.
   */
  io: Io;
  /** Names the schema in errors, such as `input schema of the tool "add"`. */
  where: string;
  /** Writes schemas of a library as JSON Schema; asked before the schema itself. */
  schemaAdapter?: SchemaAdapter | undefined;
  /** Checks values against JSON Schemas in place of `@cfworker/json-schema`; any dialect that it knows may be used. */
  jsonSchemaValidator?: JsonSchemaValidator | undefined;
}

/**
 * Prepares a schema for use: converts it to JSON Schema, once, and makes its validator. The schema that was
 * given is never changed. Throws {@link SchemaError} when it cannot be used.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#json-schema-usage
 */
export function compileSchema(schema: Schema, options: CompileOptions): CompiledSchema {
  const compiled = isStandardSchema(schema)
    ? compileStandardSchema(schema, options)
    : compileJsonSchema(asJsonSchema(schema, options.where), options);
  if (options.io === "input" && compiled.json.type !== "object")
    throw notAnObject(compiled.json, options.where);
  return compiled;
}

export function isStandardSchema(schema: unknown): schema is StandardSchemaV1 {
  const standard = standardOf(schema);
  return standard?.version === 1 && typeof standard.validate === "function";
}

function standardOf(
  schema: unknown,
): { version?: unknown; vendor?: unknown; validate?: unknown } | undefined {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return undefined;
  const standard = (schema as { "~standard"?: unknown })["~standard"];
  return typeof standard === "object" && standard !== null ? standard : undefined;
}

function compileStandardSchema(schema: StandardSchemaV1, options: CompileOptions): CompiledSchema {
  const json = jsonSchemaOf(schema, options);
  const standard = schema["~standard"];
  return {
    json,
    validate(value) {
      const result = standard.validate(value);
      return "then" in result ? result.then(toValidation) : toValidation(result);
    },
  };
}

function toValidation(result: StandardSchemaResult<unknown>): Validation {
  return result.issues
    ? { ok: false, issues: Array.from(result.issues, toIssue) }
    : { ok: true, value: result.value };
}

// Array.from, because `map` of a library's own kind of array may be no good: ArkType's adds an item.
function toIssue({ message, path = [] }: StandardSchemaIssue): Issue {
  return {
    path: formatPath(Array.from(path, (step) => (typeof step === "object" ? step.key : step))),
    message,
  };
}

function asJsonSchema(schema: unknown, where: string): JsonSchema {
  const standard = standardOf(schema);
  if (standard !== undefined) {
    const vendor = String(standard.vendor);
    throw new SchemaError(
      standard.version === 1
        ? `${where}: this schema of ${vendor} can write itself as JSON Schema but not validate; ${remedy(vendor)}`
        : `${where}: expected version 1 of Standard Schema, got ${String(standard.version)} (${vendor})`,
    );
  }
  if (isPlainObject(schema)) return schema;
  if (isEffectSchema(schema)) {
    throw new SchemaError(
      `${where}: a schema of effect is no Standard Schema until it is wrapped; ${remedy("effect")}`,
    );
  }
  throw new SchemaError(
    `${where}: expected a Standard Schema (Zod, Valibot, ArkType, Effect…) or a JSON Schema object, got ` +
      describe(schema),
  );
}

function isEffectSchema(schema: unknown): boolean {
  return (
    ((typeof schema === "object" && schema !== null) || typeof schema === "function") &&
    "~effect/Schema/Schema" in schema
  );
}

function notAnObject({ type }: JsonSchema, where: string): SchemaError {
  const got = type === undefined ? 'no "type" at its root' : `"type": ${JSON.stringify(type)}`;
  return new SchemaError(
    `${where}: expected a schema of objects ("type": "object" at its root), got one with ${got}. Put the value into ` +
      "a property of an object",
  );
}
