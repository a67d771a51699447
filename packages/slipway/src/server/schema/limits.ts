import { MAX_UNIQUE_ITEMS } from "./self-contained.ts";

/**
 * The bounds that keep a JSON Schema, or a value checked against one, from exhausting the process. What is over
 * them is refused: a schema with an error, a value with an issue.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#composition-keyword-resource-use
 */
export const JSON_SCHEMA_LIMITS = {
  /** How deep schemas may be nested in schemas. */
  schemaDepth: 64,
  /** How many schemas a schema may consist of, and how many of them may apply to a single value. */
  subschemas: 10_000,
  /** How deep objects and arrays may be nested in a value. */
  valueDepth: 128,
  /** How many items an array with `uniqueItems` may have. */
  uniqueItems: MAX_UNIQUE_ITEMS,
  /** How many references may be followed for a value, in addition to {@link referencesPerValue}. */
  references: 10_000,
  /** How many references may be followed for each object, array, string… that a value consists of. */
  referencesPerValue: 64,
} as const;
