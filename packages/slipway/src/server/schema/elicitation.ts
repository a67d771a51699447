import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { setOwn } from "../../protocol/schema/set-own.ts";
import { asField, choicesOf, titledOptions } from "./form-field.ts";
import { isPlainObject } from "./json.ts";
import type { JsonSchema } from "./types.ts";
import type { CompiledSchema } from "./validation.ts";

const FORMATS: ReadonlySet<unknown> = new Set(["email", "uri", "date", "date-time"]);

const ALLOWED =
  "a form can ask for a string, a number, an integer, a boolean, a choice of strings (enum, or oneOf with const " +
  "and title), or several of such a choice (an array whose items are one)";

/**
 * The `requestedSchema` of a form: the flat subset of JSON Schema that clients accept. Choices of strings
 * are recognised however a library writes them, and a field that may be null becomes one that may be left out
 * if the schema allows that too. Constraints that the subset cannot say (`pattern`, `multipleOf`, other formats,
 * `additionalProperties`…) are left out: the answer is still checked against the full schema.
 * Throws {@link SchemaError}, with the property's name, for what no form can ask for.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema
 */
export function toRequestedSchema({ json }: CompiledSchema, where = "elicitation schema"): JsonSchema {
  const { anyOf, if: condition, properties = {}, required = [] } = asField(json, json);
  if (anyOf !== undefined || condition !== undefined || !isPlainObject(properties)) {
    throw new SchemaError(`${where}: expected one flat object, got a union or a condition; ${ALLOWED}`);
  }
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) {
    setOwn(
      fields,
      name,
      toField(asField(properties[name], json), `${where}: the property ${JSON.stringify(name)}`),
    );
  }
  const names = Array.isArray(required) ? required.map(String) : [];
  const missing = names.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    throw new SchemaError(`${where}: ${JSON.stringify(missing)} is required but is not among the properties`);
  }
  return { type: "object", properties: fields, ...(names.length > 0 && { required: names }) };
}

function toField(field: JsonSchema, property: string): JsonSchema {
  const labels = pick(field, ["title", "description"], isString);
  const choices = choicesOf(field);
  if (choices !== undefined) return toChoice(field, choices, labels, property);
  switch (field.enum === undefined && field.type) {
    case "string":
      return {
        type: "string",
        ...labels,
        ...pick(field, ["minLength", "maxLength"], isNumber),
        ...pick(field, ["format"], (value) => FORMATS.has(value)),
        ...defaultOf(field, isString, "a string", property),
      };
    case "number":
      return {
        type: "number",
        ...labels,
        ...range(field),
        ...defaultOf(field, isNumber, "a number", property),
      };
    case "integer":
      return {
        type: "integer",
        ...labels,
        ...range(field),
        ...defaultOf(field, Number.isInteger, "an integer", property),
      };
    case "boolean":
      return { type: "boolean", ...labels, ...defaultOf(field, isBoolean, "true or false", property) };
    case "array":
      return toMultiSelect(field, labels, property);
    default:
      throw new SchemaError(`${property}: got ${nameOf(field)}; ${ALLOWED}`);
  }
}

type Choices = NonNullable<ReturnType<typeof choicesOf>>;

function toChoice(field: JsonSchema, choices: Choices, labels: JsonSchema, property: string): JsonSchema {
  const values = choices.map(({ value }) => value);
  const { enumNames } = field;
  if (enumNames !== undefined && (!Array.isArray(enumNames) || enumNames.length !== values.length)) {
    throw new SchemaError(`${property} has "enumNames" that do not match its "enum" one by one`);
  }
  return {
    type: "string",
    ...labels,
    ...(Array.isArray(field.oneOf)
      ? { oneOf: titledOptions(choices) }
      : { enum: values, ...(enumNames !== undefined && { enumNames }) }),
    ...defaultOf(field, (value) => values.includes(value as string), "one of its choices", property),
  };
}

function toMultiSelect(field: JsonSchema, labels: JsonSchema, property: string): JsonSchema {
  const items = isPlainObject(field.items) ? field.items : {};
  const choices = choicesOf(items);
  if (choices === undefined)
    throw new SchemaError(`${property}: got an array of ${nameOf(items)}; ${ALLOWED}`);
  const values = choices.map(({ value }) => value);
  return {
    type: "array",
    ...labels,
    ...pick(field, ["minItems", "maxItems"], isNumber),
    items: Array.isArray(items.oneOf) ? { anyOf: titledOptions(choices) } : { type: "string", enum: values },
    ...defaultOf(
      field,
      (list) => Array.isArray(list) && list.every((value) => values.includes(value)),
      "an array of its choices",
      property,
    ),
  };
}

/** The bounds as `minimum` and `maximum`, without those that only say that the number is a safe integer. */
function range(field: JsonSchema): JsonSchema {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = field;
  // For integers "more than" can be said as "at least"; for other numbers the nearest is the bound itself.
  const whole = field.type === "integer";
  const above = isNumber(exclusiveMinimum) && whole ? Math.floor(exclusiveMinimum) + 1 : exclusiveMinimum;
  const below = isNumber(exclusiveMaximum) && whole ? Math.ceil(exclusiveMaximum) - 1 : exclusiveMaximum;
  const low = [minimum, above].filter(isNumber);
  const high = [maximum, below].filter(isNumber);
  const bounds = { minimum: Math.max(...low), maximum: Math.min(...high) };
  return pick(bounds, ["minimum", "maximum"], (value) => Math.abs(value as number) < Number.MAX_SAFE_INTEGER);
}

function defaultOf(
  field: JsonSchema,
  fits: (value: unknown) => boolean,
  expected: string,
  property: string,
): JsonSchema {
  const value = field.default;
  if (value === undefined) return {};
  if (fits(value)) return { default: value };
  throw new SchemaError(`${property} has the default ${JSON.stringify(value)}; expected ${expected}`);
}

function pick(from: JsonSchema, keywords: string[], fits: (value: unknown) => boolean): JsonSchema {
  const picked: JsonSchema = {};
  for (const keyword of keywords) if (fits(from[keyword])) picked[keyword] = from[keyword];
  return picked;
}

function nameOf({ type, anyOf, enum: values }: JsonSchema): string {
  if (Array.isArray(anyOf)) return `a union of ${anyOf.map(nameOf).join(" and ")}`;
  if (Array.isArray(values)) return "a choice of values that are not all strings";
  if (Array.isArray(type)) return `a union of ${type.join(" and ")}`;
  return typeof type === "string" ? `type "${type}"` : "no stated type";
}

const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
