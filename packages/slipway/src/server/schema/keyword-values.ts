import { subschemaPlace } from "../../protocol/schema/keywords.ts";
import type { Dialect } from "./dialect.ts";
import { isPlainObject } from "./json.ts";
import type { JsonSchema } from "./types.ts";

type Check = (value: unknown) => string | undefined;

const TYPES: ReadonlySet<unknown> = new Set([
  "string",
  "number",
  "integer",
  "boolean",
  "object",
  "array",
  "null",
]);

const TYPE_NAMES = [...TYPES].map((name) => `"${name}"`).join(", ");

const isSchema = (value: unknown) => typeof value === "boolean" || isPlainObject(value);
const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === "string");

const unless = (holds: (value: unknown) => boolean, expected: string): Check => {
  return (value) => (holds(value) ? undefined : `must be ${expected}`);
};

const string = unless((value) => typeof value === "string", "a string");
const number = unless((value) => typeof value === "number", "a number");
const count = unless(
  (value) => Number.isInteger(value) && (value as number) >= 0,
  "a whole number, at least 0",
);
const names = unless(isNames, "an array of strings");
const boolean = unless((value) => typeof value === "boolean", "true or false");
const schema = unless(isSchema, "a schema: an object, true or false");
const schemas = unless(
  (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
  "an array of at least one schema",
);
const schemasByName = unless(
  (value) => isPlainObject(value) && Object.values(value).every(isSchema),
  "an object whose values are schemas",
);

const regularExpression: Check = (value) => {
  if (typeof value !== "string") return "must be a string";
  try {
    // JSON Schema asks for the `u` flag.
    new RegExp(value, "u");
    return undefined;
  } catch (error) {
    return `is no regular expression that JSON Schema allows: ${(error as Error).message}`;
  }
};

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...["$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$schema"].map((name): [string, Check] => [
    name,
    string,
  ]),
  ...["title", "description", "$comment", "format"].map((name): [string, Check] => [name, string]),
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((name): [string, Check] => [
    name,
    number,
  ]),
  ...["minLength", "maxLength", "minItems", "maxItems"].map((name): [string, Check] => [name, count]),
  ...["minContains", "maxContains", "minProperties", "maxProperties"].map((name): [string, Check] => [
    name,
    count,
  ]),
  ["multipleOf", unless((value) => typeof value === "number" && value > 0, "a number greater than 0")],
  [
    "type",
    unless(
      (value) =>
        Array.isArray(value) ? value.length > 0 && value.every((t) => TYPES.has(t)) : TYPES.has(value),
      `one of ${TYPE_NAMES}, or an array of these`,
    ),
  ],
  ["enum", unless(Array.isArray, "an array")],
  ["required", names],
  ["uniqueItems", boolean],
  ["pattern", regularExpression],
  [
    "dependentRequired",
    unless(
      (value) => isPlainObject(value) && Object.values(value).every(isNames),
      "an object whose values are arrays of strings",
    ),
  ],
]);

function checkSubschemas(keyword: string, value: unknown, dialect: Dialect): string | undefined {
  switch (subschemaPlace(keyword)) {
    case undefined:
      return undefined;
    case "schema":
      return schema(value);
    case "list":
      return schemas(value);
    case "names":
      return schemasByName(value);
    case "schema or list":
      if (!Array.isArray(value)) return schema(value);
      if (dialect === "draft-07") return value.every(isSchema) ? undefined : schema(undefined);
      return 'must be a schema; a schema for each position is written as "prefixItems"';
    case "names of schemas or lists":
      return isPlainObject(value) && Object.values(value).every((item) => isSchema(item) || isNames(item))
        ? undefined
        : "must be an object whose values are schemas or arrays of strings";
  }
}

/** The first keyword of a schema whose value its dialect does not allow, in words; subschemas are not entered. */
export function wrongKeyword(schema: JsonSchema, dialect: Dialect): string | undefined {
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword];
    const problem = CHECKS.get(keyword)?.(value) ?? checkSubschemas(keyword, value, dialect);
    if (problem !== undefined) return `"${keyword}" ${problem}`;
    if (keyword === "patternProperties") {
      for (const pattern of Object.keys(value as object)) {
        const wrong = regularExpression(pattern);
        if (wrong !== undefined) return `"patternProperties": ${JSON.stringify(pattern)} ${wrong}`;
      }
    }
  }
  return undefined;
}
