import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { DEFAULT_DIALECT_URI } from "./dialect.ts";
import { describe, isPlainObject } from "./json.ts";
import { describesObjects } from "./object-root.ts";
import type { StandardJSONSchemaConverter, StandardSchemaV1 } from "./standard-schema.ts";
import type { JsonSchema } from "./types.ts";

/** Which side of a schema is meant: what it accepts, or what it yields. */
export type Io = "input" | "output";

/** Writes a library's schema as JSON Schema; undefined leaves it to the schema itself. */
export type SchemaAdapter = (schema: unknown, options: { io: Io }) => JsonSchema | undefined;

const TARGET = "draft-2020-12";

/** What to do for a library whose schemas do not write themselves as JSON Schema. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  [
    "zod",
    "use Zod 4.2 or newer (not Mini), or pass " +
      "`schemaAdapter: (s, { io }) => z.toJSONSchema(s as z.ZodType, { io })` with the z of Zod 4",
  ],
  [
    "valibot",
    'wrap it: `toStandardJsonSchema(schema)` from "@valibot/to-json-schema", or pass ' +
      "`schemaAdapter: (s, { io }) => toJsonSchema(s as v.GenericSchema, { typeMode: io })`",
  ],
  ["arktype", "use ArkType 2.1.28 or newer, or pass `schemaAdapter: (s) => (s as Type).toJsonSchema()`"],
  ["effect", "wrap it: `Schema.toStandardJSONSchemaV1(Schema.toStandardSchemaV1(schema))`"],
]);

/**
 * The JSON Schema of a Standard Schema: from the user's adapter, from `~standard.jsonSchema`, or from a method
 * of the library, in this order. Throws {@link SchemaError} when there is none of these, or it fails.
 *
 * `$schema` is left out when it names 2020-12, which is what its absence means. `type: "object"` is put beside a
 * root of references or unions that allow nothing but objects, since tools must say so.
 */
export function jsonSchemaOf(
  schema: StandardSchemaV1,
  { io, where, schemaAdapter }: { io: Io; where: string; schemaAdapter?: SchemaAdapter | undefined },
): JsonSchema {
  const { vendor } = schema["~standard"];
  let written: unknown;
  try {
    written = schemaAdapter?.(schema, { io }) ?? write(schema, io);
    // As it will be on the wire: an own copy, without what JSON leaves out.
    if (written !== undefined) written = JSON.parse(JSON.stringify(written));
  } catch (cause) {
    throw new SchemaError(
      `${where}: ${vendor} cannot write its ${io} as JSON Schema: ${(cause as Error).message}. Change the schema, ` +
        "or pass a `schemaAdapter` that writes it",
      { cause },
    );
  }
  if (written === undefined) {
    throw new SchemaError(
      `${where}: this schema of ${vendor} does not write itself as JSON Schema; ${remedy(vendor)}`,
    );
  }
  if (!isPlainObject(written)) {
    throw new SchemaError(
      `${where}: expected ${vendor} to yield a JSON Schema object, got ${describe(written)}`,
    );
  }
  if (written.$schema === DEFAULT_DIALECT_URI) delete written.$schema;
  if (written.type === undefined && describesObjects(written, written)) return { type: "object", ...written };
  return written;
}

export function remedy(vendor: string): string {
  return REMEDIES.get(vendor) ?? "pass a `schemaAdapter: (schema) => JsonSchema` that does";
}

function write(schema: StandardSchemaV1, io: Io): unknown {
  const { jsonSchema } = schema["~standard"] as { jsonSchema?: StandardJSONSchemaConverter };
  if (jsonSchema !== undefined) return jsonSchema[io]({ target: TARGET });
  const own = schema as unknown as LibraryMethods;
  if (typeof own.toJSONSchema === "function") return own.toJSONSchema({ io, target: TARGET });
  const side = own[io === "input" ? "in" : "out"] ?? own;
  return typeof side.toJsonSchema === "function" ? side.toJsonSchema() : undefined;
}

/** Methods of libraries from before Standard JSON Schema: the first Zod's, the others ArkType's. */
interface LibraryMethods {
  toJSONSchema?: (options: { io: Io; target: string }) => unknown;
  toJsonSchema?: () => unknown;
  in?: { toJsonSchema?: () => unknown };
  out?: { toJsonSchema?: () => unknown };
}
