import { isObject } from "../protocol/jsonrpc.ts";
import type { JsonSchema } from "../protocol/schema/json-schema.ts";
import { onOneLine } from "./printable.ts";

const NONE: JsonSchema = {};

/** How many references are followed from one schema; more go round in circles. */
const MAX_REFERENCES = 16;

/** What a schema says, behind its references within the same document. */
export function resolved(schema: unknown, root: unknown): JsonSchema {
  let current = schema;
  for (let step = 0; step < MAX_REFERENCES; step++) {
    if (!isObject(current)) return NONE;
    const reference = current["$ref"];
    if (typeof reference !== "string") return current;
    const { $ref: _, ...beside } = current;
    const target = at(root, reference);
    current = isObject(target) ? { ...target, ...beside } : beside;
  }
  return NONE;
}

/** @param pointer a JSON pointer as a fragment, such as `#/$defs/Item` */
function at(root: unknown, pointer: string): unknown {
  if (!pointer.startsWith("#")) return undefined;
  const keys = decoded(pointer.slice(1)).split("/").slice(1);
  return keys.reduce<unknown>((value, key) => {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    const holds = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    return holds ? (value as { [key: string]: unknown })[name] : undefined;
  }, root);
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** How deep alternatives and lists are looked into: a schema may refer to itself. */
const MAX_DEPTH = 4;

/** The alternatives that a schema offers; itself when it offers none. */
export function alternatives(schema: unknown, root: unknown, depth = 0): JsonSchema[] {
  const one = resolved(schema, root);
  const many = one["anyOf"] ?? one["oneOf"];
  if (!Array.isArray(many) || depth >= MAX_DEPTH) return [one];
  return many.flatMap((each) => alternatives(each, root, depth + 1));
}

/** The values that a schema allows, where it lists them. */
export function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ("const" in schema) return [schema["const"]];
  return Array.isArray(schema["enum"]) ? schema["enum"] : undefined;
}

export type TypeName = "string" | "number" | "integer" | "boolean" | "array" | "object" | "null";

/** The types that a schema allows; empty: any. */
export function typesOf(schema: JsonSchema): readonly TypeName[] {
  const { type } = schema as { type?: unknown };
  if (Array.isArray(type)) return type as TypeName[];
  if (typeof type === "string") return [type as TypeName];
  if (isObject(schema["properties"])) return ["object"];
  if (schema["items"] !== undefined) return ["array"];
  return [];
}

/** A schema in a few words, such as `integer, 1 to 5` or `string[]`. */
export function describeType(schema: unknown, root: unknown): string {
  return onOneLine(describe(schema, root, 0));
}

function describe(schema: unknown, root: unknown, depth: number): string {
  const all = alternatives(schema, root).map((one) => describeOne(one, root, depth));
  return [...new Set(all)].join(" | ");
}

function describeOne(schema: JsonSchema, root: unknown, depth: number): string {
  const values = valuesOf(schema);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" | ");
  const types = typesOf(schema);
  if (types.length === 0) return "any";
  return types.map((type) => describeTyped(type, schema, root, depth)).join(" | ");
}

function describeTyped(type: TypeName, schema: JsonSchema, root: unknown, depth: number): string {
  if (type === "array") {
    const items = depth < MAX_DEPTH ? describe(schema["items"] ?? NONE, root, depth + 1) : "any";
    return /[ |]/.test(items) ? `(${items})[]` : `${items}[]`;
  }
  const { format, pattern } = schema as { [keyword: string]: unknown };
  if (type === "string") {
    return `string${typeof format === "string" ? ` (${format})` : typeof pattern === "string" ? ` /${pattern}/` : ""}`;
  }
  if (type !== "integer" && type !== "number") return type;
  const { minimum, maximum } = boundsOf(schema);
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${type}, from ${minimum}`;
  return maximum === undefined ? type : `${type}, up to ${maximum}`;
}

/** What bounds a number; that it is safe in JavaScript, as some libraries add to every integer, goes without saying. */
function boundsOf({ minimum, maximum }: JsonSchema): {
  readonly minimum?: unknown;
  readonly maximum?: unknown;
} {
  return {
    ...(minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
  };
}

/** What a schema may say of members that its `properties` does not list. */
const OF_OTHERS = [
  "patternProperties",
  "propertyNames",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
  "dependentSchemas",
  "unevaluatedProperties",
];

/**
 * Those of the names of members that an object's schema does not know: it lists some, and says nothing of others, which
 * JSON Schema permits, or that there are none.
 */
export function unknownTo(schema: unknown, names: readonly string[]): string[] {
  const object = resolved(schema, schema);
  const { properties, additionalProperties: others = false } = object as { [keyword: string]: unknown };
  if (!isObject(properties) || others !== false || OF_OTHERS.some((keyword) => keyword in object)) return [];
  return names.filter((name) => !Object.hasOwn(properties, name));
}

export interface Property {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** The members of an object's schema, in its order. */
export function propertiesOf(schema: unknown, root: unknown = schema): Property[] {
  const object = resolved(schema, root);
  const properties = isObject(object["properties"]) ? object["properties"] : {};
  const required = Array.isArray(object["required"]) ? object["required"] : [];
  return Object.entries(properties).map(([name, property]) => ({
    name,
    schema: resolved(property, root),
    required: required.includes(name),
  }));
}
