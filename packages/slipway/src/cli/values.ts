import { isObject } from "../protocol/jsonrpc.ts";
import type { JsonSchema } from "../protocol/schema/json-schema.ts";
import { onOneLine } from "./printable.ts";
import {
  alternatives,
  describeType,
  propertiesOf,
  resolved,
  type TypeName,
  typesOf,
  valuesOf,
} from "./schema.ts";

/** Why a text is no value of a schema, with where it belongs. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/**
 * Puts `name=value` pairs together to an object, each value as its schema wants it. A name that comes several times is a
 * list; `a.b=1` is a member of the object `a`, where no member is called `a.b` itself.
 * @param what the flag, for errors
 * @throws ValueError
 */
export function objectOf(
  pairs: readonly (readonly [string, string])[],
  schema: unknown,
  what: string,
): { [name: string]: unknown } {
  const byName = new Map<string, string[]>();
  for (const [name, text] of pairs) byName.set(name, [...(byName.get(name) ?? []), text]);
  const object: { [name: string]: unknown } = {};
  for (const [name, texts] of byName) place(object, name, texts, schema, schema, `${what} ${name}`);
  return object;
}

function place(
  object: { [name: string]: unknown },
  name: string,
  texts: readonly string[],
  schema: unknown,
  root: unknown,
  what: string,
): void {
  const known = propertiesOf(schema, root);
  const property = known.find((one) => one.name === name);
  const dot = name.indexOf(".");
  if (property === undefined && dot > 0) {
    const parent = known.find((one) => one.name === name.slice(0, dot));
    if (parent !== undefined) {
      const inner = Object.hasOwn(object, parent.name) ? object[parent.name] : undefined;
      const target = isObject(inner) ? (inner as { [name: string]: unknown }) : {};
      place(target, name.slice(dot + 1), texts, parent.schema, root, what);
      set(object, parent.name, target);
      return;
    }
  }
  const { additionalProperties, patternProperties } = resolved(schema, root);
  if (property === undefined && additionalProperties === false && patternProperties === undefined) {
    const names = onOneLine(known.map((one) => one.name).join(", "));
    throw new ValueError(
      `${what}: there is no such argument; there ${names === "" ? "are none" : `are ${names}`}.`,
    );
  }
  set(object, name, readValue(texts, property?.schema ?? {}, root, what));
}

/** Also for names such as `__proto__`. */
function set(object: { [name: string]: unknown }, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * One value as a schema wants it: the first of its alternatives that the text fits.
 * @param texts one text, or several for a list
 * @throws ValueError
 */
function readValue(texts: readonly string[], schema: unknown, root: unknown, what: string): unknown {
  const [text = ""] = texts;
  const all = alternatives(schema, root);
  if (texts.length === 1) {
    // A text is everything, so whatever else it may be comes first.
    for (const one of [...all].sort((a, b) => rank(a) - rank(b))) {
      const found = read(text, one, root);
      if (found !== undefined) return found.value;
    }
  } else {
    const list = all.find((one) => typesOf(one).includes("array"));
    if (list === undefined) throw new ValueError(`${what} was given ${texts.length} times, and is no list.`);
    return texts.map((each) => readValue([each], list["items"] ?? {}, root, what));
  }
  throw new ValueError(`${what} wants ${describeType(schema, root)}, got ${JSON.stringify(text)}.`);
}

function rank(schema: JsonSchema): number {
  return typesOf(schema).includes("string") && valuesOf(schema) === undefined ? 1 : 0;
}

type Found = { readonly value: unknown } | undefined;

function read(text: string, schema: JsonSchema, root: unknown): Found {
  const values = valuesOf(schema);
  if (values !== undefined) {
    const value = values.find((one) => (typeof one === "string" ? one : JSON.stringify(one)) === text);
    return value === undefined ? undefined : { value };
  }
  const types = typesOf(schema);
  if (types.length === 0) return { value: parsed(text)?.value ?? text };
  for (const type of [...types].sort((a, b) => Number(a === "string") - Number(b === "string"))) {
    const found = readAs(text, type, schema, root);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readAs(text: string, type: TypeName, schema: JsonSchema, root: unknown): Found {
  if (type === "string") return { value: text };
  const value = type === "integer" || type === "number" ? numberIn(text) : parsed(text)?.value;
  switch (type) {
    case "integer":
      return Number.isInteger(value) && within(value as number, schema) ? { value } : undefined;
    case "number":
      return typeof value === "number" && within(value, schema) ? { value } : undefined;
    case "boolean":
      return typeof value === "boolean" ? { value } : undefined;
    case "null":
      return value === null ? { value } : undefined;
    case "object":
      return isObject(value) ? { value } : undefined;
    case "array":
      return Array.isArray(value) ? { value } : listOfOne(text, schema["items"] ?? {}, root);
  }
}

function listOfOne(text: string, items: unknown, root: unknown): Found {
  for (const one of alternatives(items, root)) {
    const item = read(text, one, root);
    if (item !== undefined) return { value: [item.value] };
  }
  return undefined;
}

function within(value: number, schema: JsonSchema): boolean {
  const { minimum = -Infinity, maximum = Infinity } = schema as { minimum?: number; maximum?: number };
  return value >= minimum && value <= maximum;
}

/** Also as people write it: `.5`, `+1`. */
function numberIn(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function parsed(text: string): Found {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
