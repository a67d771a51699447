import { isObject } from "../jsonrpc.ts";
import type { JsonSchema } from "./json-schema.ts";
import { pointerToken } from "./path.ts";

/** Where a keyword's value holds schemas: as itself, in a list, under names, or mixed (draft-07). */
type Place = "schema" | "list" | "names" | "schema or list" | "names of schemas or lists";

/** The keywords of JSON Schema 2020-12 and draft-07 that hold schemas. */
const SUBSCHEMAS: ReadonlyMap<string, Place> = new Map<string, Place>([
  ["$defs", "names"],
  ["definitions", "names"],
  ["properties", "names"],
  ["patternProperties", "names"],
  ["dependentSchemas", "names"],
  ["dependencies", "names of schemas or lists"],
  ["additionalProperties", "schema"],
  ["unevaluatedProperties", "schema"],
  ["propertyNames", "schema"],
  ["items", "schema or list"],
  ["prefixItems", "list"],
  ["additionalItems", "schema"],
  ["unevaluatedItems", "schema"],
  ["contains", "schema"],
  ["allOf", "list"],
  ["anyOf", "list"],
  ["oneOf", "list"],
  ["not", "schema"],
  ["if", "schema"],
  ["then", "schema"],
  ["else", "schema"],
  ["contentSchema", "schema"],
]);

export function subschemaPlace(keyword: string): Place | undefined {
  return SUBSCHEMAS.get(keyword);
}

/** Calls back for every schema directly inside a schema, with its place as a JSON Pointer from there. */
export function eachSubschema(
  schema: JsonSchema,
  visit: (subschema: unknown, place: string, keyword: string) => void,
): void {
  for (const keyword of Object.keys(schema)) {
    const place = SUBSCHEMAS.get(keyword);
    if (place === undefined) continue;
    const value = schema[keyword];
    if (place.startsWith("names")) {
      if (!isObject(value)) continue;
      for (const name of Object.keys(value)) {
        if (place !== "names" && Array.isArray(value[name])) continue;
        visit(value[name], `/${keyword}/${pointerToken(name)}`, keyword);
      }
    } else if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => {
        visit(item, `/${keyword}/${index}`, keyword);
      });
    } else {
      visit(value, `/${keyword}`, keyword);
    }
  }
}

/** The keywords whose schemas apply to the same value as the schema that holds them. */
export const IN_PLACE: ReadonlySet<string> = new Set([
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentSchemas",
  "dependencies",
]);
