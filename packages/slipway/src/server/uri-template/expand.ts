import { encodeReserved, encodeValue, prefixOf } from "./characters.ts";
import type { Operator } from "./operators.ts";
import type { Expression, Part, Variable } from "./parse.ts";

type Scalar = string | number | boolean;

/**
 * A variable's value: text, a list, or an associative array. `undefined`, `null`, an empty list and an empty
 * array are undefined in the sense of RFC 6570, section 2.3, and leave nothing in the URI; the empty string
 * is a value.
 */
export type UriTemplateValue =
  | Scalar
  | readonly (Scalar | null | undefined)[]
  | { readonly [key: string]: Scalar | null | undefined }
  | null
  | undefined;

/** Values by variable name: an object's own properties, or a map. */
export type UriTemplateValues =
  | { readonly [variable: string]: UriTemplateValue }
  | ReadonlyMap<string, UriTemplateValue>;

/** Expands a template (RFC 6570, section 3). */
export function expandParts(parts: readonly Part[], values: UriTemplateValues): string {
  let uri = "";
  for (const part of parts) uri += part.kind === "literal" ? part.text : expandExpression(part, values);
  return uri;
}

function expandExpression({ operator, variables }: Expression, values: UriTemplateValues): string {
  const pieces = variables.flatMap((variable) => {
    try {
      return expandVariable(operator, variable, lookUp(values, variable.name));
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      throw new TypeError(
        `The value of "${variable.name}" has a lone surrogate; expected well-formed Unicode.`,
      );
    }
  });
  return pieces.length === 0 ? "" : operator.first + pieces.join(operator.separator);
}

function lookUp(values: UriTemplateValues, name: string): UriTemplateValue {
  if (values instanceof Map) return values.get(name);
  // Only own properties: a variable may be called "constructor".
  return Object.hasOwn(values, name) ? (values as Record<string, UriTemplateValue>)[name] : undefined;
}

/** What a variable puts between the expression's separators; nothing where it is undefined. */
function expandVariable(operator: Operator, variable: Variable, value: UriTemplateValue): string[] {
  const { name, explode, prefix } = variable;
  const encode = operator.reserved ? encodeReserved : encodeValue;
  const write = (key: string, text: string): string => {
    if (!operator.named) return text;
    return text === "" ? key + operator.ifEmpty : `${key}=${text}`;
  };

  if (value === undefined || value === null) return [];
  if (typeof value !== "object") {
    return [write(name, encode(prefixOf(String(value), prefix, operator.reserved)))];
  }
  if (prefix !== Number.POSITIVE_INFINITY) {
    throw new TypeError(`"${name}:${prefix}" takes a prefix of text; its value is a list or an object.`);
  }
  if (isList(value)) {
    const members = value.filter(isDefined).map((member) => encode(String(member)));
    if (explode) return members.map((member) => write(name, member));
    return members.length === 0 ? [] : [write(name, members.join(","))];
  }
  // Keys are encoded like values, as both may come from outside.
  const pairs = Object.entries(value).filter(([, member]) => isDefined(member));
  const encoded = pairs.map(([key, member]) => [encode(key), encode(String(member))] as const);
  if (explode)
    return encoded.map(([key, member]) => (operator.named ? write(key, member) : `${key}=${member}`));
  return encoded.length === 0 ? [] : [write(name, encoded.flat().join(","))];
}

// `Array.isArray` does not narrow a readonly array out of a union.
function isList(value: object): value is readonly (Scalar | null | undefined)[] {
  return Array.isArray(value);
}

function isDefined(value: Scalar | null | undefined): value is Scalar {
  return value !== undefined && value !== null;
}
