import { subschemaPlace } from "../../protocol/schema/keywords.ts";
import { setOwn } from "../../protocol/schema/set-own.ts";
import { isPlainObject } from "./json.ts";
import { isReferenceOnly, type ResolvedSchema } from "./references.ts";
import type { JsonSchema } from "./types.ts";

/** The keywords, besides those that hold schemas, that decide whether a value is valid. */
const ASSERTIONS: ReadonlySet<string> = new Set([
  "type",
  "const",
  "enum",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "minContains",
  "maxContains",
  "required",
  "minProperties",
  "maxProperties",
  "dependentRequired",
]);

/** How many items an array with `uniqueItems` may have: the library compares each with each. */
export const MAX_UNIQUE_ITEMS = 2_000;

// As a literal's key it would make the literal look like a promise.
const THEN = "then";

function boundedUniqueItems(): JsonSchema {
  return {
    if: { minItems: MAX_UNIQUE_ITEMS + 1 },
    [THEN]: { maxItems: MAX_UNIQUE_ITEMS },
    else: { uniqueItems: true },
  };
}

/** The library tests the pattern of a text that is too long, too, and the time of that may grow with its length. */
function boundedPattern({ maxLength, pattern }: JsonSchema): JsonSchema {
  return { if: { maxLength }, [THEN]: { pattern } };
}

/** What draft-07 does not know, and so lets be anything. */
const AFTER_DRAFT_07: ReadonlySet<string> = new Set([
  "prefixItems",
  "minContains",
  "maxContains",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

const NOT_APPLIED: ReadonlySet<string> = new Set(["$defs", "definitions", "contentSchema"]);

/**
 * The same schema in the plainest form: every reference is `#/$defs/<number>`, and only keywords that
 * decide about values are left. So a validator needs to know neither URIs, anchors nor unknown keywords.
 * `uniqueItems` is bounded to {@link MAX_UNIQUE_ITEMS}.
 */
export function selfContained({ root, dialect, targets }: ResolvedSchema): JsonSchema {
  const names = new Map<JsonSchema, string>();
  for (const list of targets.values()) {
    for (const target of list) {
      if (typeof target === "object" && !names.has(target)) {
        names.set(target, String(names.size));
      }
    }
  }

  function refer(target: JsonSchema | boolean): JsonSchema | boolean {
    if (typeof target === "boolean") return target;
    return { $ref: `#/$defs/${names.get(target)}` };
  }

  function rewrite(schema: unknown): unknown {
    if (!isPlainObject(schema)) return schema;
    return names.has(schema) ? refer(schema) : body(schema);
  }

  function rewriteAll(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(rewrite);
    if (!isPlainObject(value)) return value;
    const result: JsonSchema = {};
    for (const key of Object.keys(value)) {
      const item = value[key];
      setOwn(result, key, Array.isArray(item) ? item : rewrite(item));
    }
    return result;
  }

  function body(schema: JsonSchema): JsonSchema {
    const references: unknown[] = (targets.get(schema) ?? []).map(refer);
    if (isReferenceOnly(schema, dialect)) return { allOf: references };
    const result: JsonSchema = {};
    for (const keyword of Object.keys(schema)) {
      if (dialect === "draft-07" && AFTER_DRAFT_07.has(keyword)) continue;
      if (keyword === "pattern" && schema.maxLength !== undefined) continue;
      if (ASSERTIONS.has(keyword)) result[keyword] = schema[keyword];
      const place = NOT_APPLIED.has(keyword) ? undefined : subschemaPlace(keyword);
      if (place === undefined) continue;
      const value = schema[keyword];
      result[keyword] =
        place === "schema" || (place === "schema or list" && !Array.isArray(value))
          ? rewrite(value)
          : rewriteAll(value);
    }
    // The library's own "url" takes exponential time, and JSON Schema has none.
    if (schema.format === "url") result.format = "uri";
    const further = [...references];
    if (schema.uniqueItems === true) further.push(boundedUniqueItems());
    if (schema.pattern !== undefined && schema.maxLength !== undefined) further.push(boundedPattern(schema));
    if (further.length > 0) {
      result.allOf = [...further, ...((result.allOf as unknown[] | undefined) ?? [])];
    }
    return result;
  }

  if (names.size === 0) return body(root);
  const $defs = Object.fromEntries([...names].map(([schema, name]) => [name, body(schema)]));
  return { ...(rewrite(root) as JsonSchema), $defs };
}
