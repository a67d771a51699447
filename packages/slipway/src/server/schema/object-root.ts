import { atPointer } from "../../protocol/schema/path.ts";
import { isPlainObject } from "./json.ts";
import type { JsonSchema } from "./types.ts";

const MAX_HOPS = 32;

/**
 * Whether every value that fits a JSON Schema is an object, as far as `type`, local references, and
 * `anyOf`, `oneOf`, `allOf` say so.
 */
export function describesObjects(schema: unknown, root: JsonSchema, hops = MAX_HOPS): boolean {
  if (!isPlainObject(schema) || hops === 0) return false;
  if (schema.type !== undefined) return schema.type === "object";
  const inner = (part: unknown) => describesObjects(part, root, hops - 1);
  const { $ref, anyOf, oneOf, allOf } = schema;
  if (typeof $ref === "string" && $ref.startsWith("#/") && inner(atPointer(root, $ref.slice(1)))) return true;
  if (Array.isArray(allOf) && allOf.some(inner)) return true;
  return [anyOf, oneOf].some((union) => Array.isArray(union) && union.length > 0 && union.every(inner));
}
