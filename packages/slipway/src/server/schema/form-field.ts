import { atPointer } from "../../protocol/schema/path.ts";
import { isPlainObject } from "./json.ts";
import type { JsonSchema } from "./types.ts";

const MAX_HOPS = 32;

/** One value to choose, and what the user sees for it. */
export interface Choice {
  value: string;
  title: string | undefined;
}

/**
 * A property's schema in the form that a form field has: references followed, `allOf` merged, null and what
 * only adds null taken out (a form leaves a field out instead), one-branch unions opened, and a
 * choice of strings, however written, as `type: "string"` with `oneOf` of `const` and `title`, or with `enum`.
 * What is no such thing comes back with its `type`, or with its union, for the caller to refuse.
 */
export function asField(schema: unknown, root: JsonSchema, hops = MAX_HOPS): JsonSchema {
  if (!isPlainObject(schema) || hops === 0) return {};
  const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
  const inner = (part: unknown) => asField(part, root, hops - 1);
  let field: JsonSchema = rest;
  if (Array.isArray(allOf)) field = merge(allOf.map(inner).reduce(merge, {}), field);
  if (typeof $ref === "string") {
    field = merge($ref === "#" || $ref.startsWith("#/") ? inner(atPointer(root, $ref.slice(1))) : {}, field);
  }
  const union = anyOf ?? oneOf;
  if (Array.isArray(union)) field = withUnion(field, union.map(inner));
  if (isPlainObject(field.items)) field = { ...field, items: inner(field.items) };
  return withoutNull(withType(field));
}

/** Both schemas in one; the second has the last word, except that properties of both stay. */
function merge(first: JsonSchema, second: JsonSchema): JsonSchema {
  const merged = { ...first, ...second };
  if (isPlainObject(first.properties) && isPlainObject(second.properties)) {
    merged.properties = { ...first.properties, ...second.properties };
  }
  if (Array.isArray(first.required) && Array.isArray(second.required)) {
    merged.required = [...new Set([...first.required, ...second.required])];
  }
  return merged;
}

function withUnion(field: JsonSchema, union: JsonSchema[]): JsonSchema {
  const all = union.filter((branch) => branch.type !== "null");
  const numeric = all.some(({ type }) => type === "number");
  const branches = all.filter((branch) => !(isAnything(branch) || (numeric && isNonFinite(branch))));
  const [only] = branches;
  if (only === undefined) return field;
  if (branches.length === 1) return { ...only, ...field };
  const choices = branches.map(choicesOf);
  return choices.every((list) => list !== undefined)
    ? { ...field, ...choiceKeywords(choices.flat()) }
    : { ...field, anyOf: branches };
}

/** ArkType writes `undefined` as a schema that allows everything. */
function isAnything(branch: JsonSchema): boolean {
  return Object.keys(branch).length === 0;
}

/** Effect allows the names of the numbers that JSON lacks beside every number. */
function isNonFinite({ type, enum: values }: JsonSchema): boolean {
  const names: unknown[] = ["Infinity", "-Infinity", "NaN"];
  return type === "string" && Array.isArray(values) && values.every((value) => names.includes(value));
}

/** States the type that `const` or `enum` implies, and writes `const` as `enum`. */
function withType(field: JsonSchema): JsonSchema {
  const { const: only, ...rest } = field;
  if (typeof only === "boolean") return { ...rest, type: "boolean" };
  if (only === null) return { ...rest, type: "null" };
  const values = only !== undefined ? [only] : field.enum;
  if (!Array.isArray(values)) return field;
  const options = values.filter((value) => value !== null);
  if (options.length === 0) return { ...rest, type: "null" };
  if (options.every((value) => typeof value === "boolean")) {
    const { enum: _, ...others } = rest;
    return { ...others, type: "boolean" };
  }
  if (options.every((value) => typeof value === "string")) return { ...rest, type: "string", enum: options };
  return { ...rest, enum: options };
}

function withoutNull(field: JsonSchema): JsonSchema {
  const { type, default: value } = field;
  const types: unknown[] = Array.isArray(type) ? type.filter((name) => name !== "null") : [type];
  const plain = Array.isArray(type) ? { ...field, type: types.length === 1 ? types[0] : types } : field;
  if (value !== null) return plain;
  const { default: _, ...others } = plain;
  return others;
}

/** The choices of a field made by {@link asField}, or undefined when it is no choice of strings. */
export function choicesOf(field: JsonSchema): Choice[] | undefined {
  const { type, oneOf, enum: values, title } = field;
  if (type !== "string") return undefined;
  if (Array.isArray(oneOf)) {
    return oneOf.map((option) => ({ value: option.const, title: option.title }));
  }
  if (!Array.isArray(values) || !values.every((value) => typeof value === "string")) return undefined;
  // A title names the only value; for several it would name the field.
  const only = values.length === 1 && typeof title === "string" ? title : undefined;
  return values.map((value) => ({ value, title: only }));
}

/** A choice of strings in JSON Schema: `oneOf` as soon as one of them has a title, else `enum`. */
function choiceKeywords(choices: Choice[]): JsonSchema {
  return choices.some(({ title }) => title !== undefined)
    ? { type: "string", oneOf: titledOptions(choices) }
    : { type: "string", enum: choices.map(({ value }) => value) };
}

export function titledOptions(choices: Choice[]): { const: string; title: string }[] {
  return choices.map(({ value, title }) => ({ const: value, title: title ?? value }));
}
