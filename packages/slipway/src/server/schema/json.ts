import { pointerToken } from "../../protocol/schema/path.ts";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { setOwn } from "../../protocol/schema/set-own.ts";
import type { JsonSchema } from "./types.ts";

/** An object made by a literal or by JSON.parse, in any realm; no array, no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const MAX_COPY_DEPTH = 256;
const MAX_COPY_VALUES = 1_000_000;

/**
 * A copy of a JSON Schema that a user wrote, so that neither changes the other. Properties that are undefined
 * are left out, as JSON does; anything else that JSON cannot hold is refused, since it is most likely a mistake,
 * such as a Zod schema under `properties`.
 */
export function copyJsonSchema(schema: JsonSchema, where: string): JsonSchema {
  let values = 0;

  function copy(value: unknown, pointer: string, depth: number): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (depth > MAX_COPY_DEPTH) {
      throw new SchemaError(`${where}: nested more than ${MAX_COPY_DEPTH} levels deep, or refers to itself`);
    }
    values += 1;
    if (values > MAX_COPY_VALUES) {
      throw new SchemaError(`${where}: has more than ${MAX_COPY_VALUES} objects and arrays`);
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => copy(item, `${pointer}/${index}`, depth + 1));
    }
    if (isPlainObject(value) && !Object.keys(value).includes("~standard")) {
      const result: Record<string, unknown> = {};
      for (const key of Object.keys(value)) {
        const item = value[key];
        if (item !== undefined) setOwn(result, key, copy(item, `${pointer}/${pointerToken(key)}`, depth + 1));
      }
      return result;
    }
    throw new SchemaError(
      `${where}: expected JSON at ${pointer}, got ${describe(value)}. A JSON Schema consists of plain objects, ` +
        "arrays, strings, finite numbers, booleans and null; pass a schema of a library as a whole, not in parts",
    );
  }

  return copy(schema, "#", 0) as JsonSchema;
}

/** Names a value for an error message without showing its content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if ((typeof value === "object" || typeof value === "function") && "~standard" in value) {
    const { vendor } = value["~standard"] as { vendor?: unknown };
    return typeof vendor === "string" ? `a schema of ${vendor}` : "a Standard Schema";
  }
  if (typeof value === "object") {
    const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return typeof name === "string" && name !== "" && name !== "Object"
      ? `an instance of ${name}`
      : "an object";
  }
  return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}
