import { isObject } from "../../protocol/jsonrpc.ts";
import type { JsonSchema } from "../../protocol/schema/json-schema.ts";
import { onOneLine } from "../printable.ts";
import { describeType, propertiesOf } from "../schema.ts";

export type FieldValue = string | number | boolean | string[];

interface Choice {
  readonly value: string;
  readonly title: string;
}

/** One field of a form that a server asks to be filled in. */
export interface Field {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly default: FieldValue | undefined;
  /** What may be chosen from; undefined: anything that fits. */
  readonly choices: readonly Choice[] | undefined;
  /** Whether several of the choices may be taken. */
  readonly several: boolean;
  /** What is expected, in a few words. */
  readonly hint: string;
}

/**
 * The fields of a form.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema
 */
export function fieldsOf(schema: JsonSchema): Field[] {
  return propertiesOf(schema).map(({ name, schema: field, required }) => {
    const several = field["type"] === "array";
    const choices = choicesOf(several && isObject(field["items"]) ? field["items"] : field, field);
    const { title, description, default: preset } = field as { [keyword: string]: unknown };
    return {
      name,
      title: onOneLine(typeof title === "string" ? title : name),
      description: typeof description === "string" ? onOneLine(description) : undefined,
      required,
      schema: field,
      default: preset as FieldValue | undefined,
      choices,
      several,
      hint: hintOf(field, schema, choices, several),
    };
  });
}

function choicesOf(schema: JsonSchema, field: JsonSchema): Choice[] | undefined {
  const titled = schema["oneOf"] ?? schema["anyOf"];
  if (Array.isArray(titled)) {
    return titled.flatMap((one) =>
      isObject(one) && typeof one["const"] === "string"
        ? [{ value: one["const"], title: onOneLine(String(one["title"] ?? one["const"])) }]
        : [],
    );
  }
  const values = schema["enum"];
  if (!Array.isArray(values)) return undefined;
  // Of revisions before titles had a place in the standard.
  const names: unknown = field["enumNames"];
  return values.map((value, at) => ({
    value: String(value),
    title: onOneLine(String((Array.isArray(names) ? names[at] : undefined) ?? value)),
  }));
}

function hintOf(
  field: JsonSchema,
  root: JsonSchema,
  choices: readonly Choice[] | undefined,
  several: boolean,
): string {
  const { minItems, maxItems, minLength, maxLength } = field as { [keyword: string]: number | undefined };
  if (choices !== undefined) {
    if (!several) return "a number or a value";
    return `numbers or values, with commas between them${bounds(minItems, maxItems, "")}`;
  }
  if (field["type"] === "boolean") return "yes or no";
  return onOneLine(describeType(field, root)) + bounds(minLength, maxLength, " characters");
}

function bounds(least: number | undefined, most: number | undefined, what: string): string {
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}${what}`;
  if (least !== undefined) return `, at least ${least}${what}`;
  return most === undefined ? "" : `, at most ${most}${what}`;
}

/** What is wrong with what was typed in. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

/** @throws FieldError when the text does not fit the field */
export function readField(field: Field, text: string): FieldValue {
  const { choices, several, schema } = field;
  if (choices !== undefined) {
    return several ? readSeveral(field, choices, text) : chosen(field, choices, text);
  }
  switch (schema["type"]) {
    case "boolean":
      return readBoolean(field, text);
    case "integer":
    case "number":
      return readNumber(field, text);
    default:
      return readString(field, text);
  }
}

function chosen(field: Field, choices: readonly Choice[], text: string): string {
  const wanted = text.trim();
  const byName = choices.find(({ value, title }) => value === wanted || title === wanted);
  const found = byName ?? (/^\d+$/.test(wanted) ? choices[Number(wanted) - 1] : undefined);
  if (found === undefined) throw wrong(field, `one of ${choices.map(({ value }) => value).join(", ")}`, text);
  return found.value;
}

function readSeveral(field: Field, choices: readonly Choice[], text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  const values = [
    ...new Set(parts.filter((part) => part !== "").map((part) => chosen(field, choices, part))),
  ];
  const { minItems = 0, maxItems = Infinity } = field.schema as { minItems?: number; maxItems?: number };
  if (values.length < minItems || values.length > maxItems) {
    throw wrong(field, `choices${bounds(minItems, finite(maxItems), "")}`, text);
  }
  return values;
}

const YES = new Set(["y", "yes", "true", "1"]);
const NO = new Set(["n", "no", "false", "0"]);

/** Undefined when it is neither. */
export function yesOrNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return YES.has(word) ? true : NO.has(word) ? false : undefined;
}

function readBoolean(field: Field, text: string): boolean {
  const value = yesOrNo(text);
  if (value === undefined) throw wrong(field, "yes or no", text);
  return value;
}

function readNumber(field: Field, text: string): number {
  const value = Number(text);
  const {
    type,
    minimum = -Infinity,
    maximum = Infinity,
  } = field.schema as {
    type?: unknown;
    minimum?: number;
    maximum?: number;
  };
  const whole = type === "integer";
  const fits = text.trim() !== "" && Number.isFinite(value) && (!whole || Number.isInteger(value));
  if (!fits || value < minimum || value > maximum) {
    const range = bounds(finite(minimum), finite(maximum), "");
    throw wrong(field, `${whole ? "a whole number" : "a number"}${range}`, text);
  }
  return value;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

const FORMATS: { readonly [format: string]: readonly [RegExp, string] } = {
  email: [/^[^\s@]+@[^\s@]+$/, "an e-mail address"],
  uri: [/^[a-z][a-z0-9+.-]*:\S+$/i, "a URI"],
  date: [/^\d{4}-\d\d-\d\d$/, "a date such as 1987-12-24"],
  "date-time": [/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/i, "a time such as 1987-12-24T18:00:00Z"],
};

function readString(field: Field, text: string): string {
  const {
    minLength = 0,
    maxLength = Infinity,
    format,
  } = field.schema as {
    minLength?: number;
    maxLength?: number;
    format?: unknown;
  };
  const length = [...text].length;
  if (length < minLength || length > maxLength) {
    throw wrong(field, `text${bounds(minLength, finite(maxLength), " characters")}`, text);
  }
  const known = typeof format === "string" && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (known !== undefined && !known[0].test(text)) throw wrong(field, known[1], text);
  return text;
}

function wrong(field: Field, expected: string, got: string): FieldError {
  return new FieldError(`${onOneLine(field.name)} wants ${onOneLine(expected)}, got ${JSON.stringify(got)}.`);
}
