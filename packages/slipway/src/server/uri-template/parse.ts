import { encodeReserved, isWellEncoded } from "./characters.ts";
import { type Operator, operators } from "./operators.ts";

export interface Literal {
  readonly kind: "literal";
  /** As it stands in the URI: what a URI may not contain is percent-encoded. */
  readonly text: string;
}

export interface Variable {
  readonly name: string;
  /** `{name*}`: the value is a list, each member written by itself. */
  readonly explode: boolean;
  /** `{name:3}`: how many characters of the value are written, at most; `Infinity` for all. */
  readonly prefix: number;
}

export interface Expression {
  readonly kind: "expression";
  readonly operator: Operator;
  readonly variables: readonly Variable[];
}

export type Part = Literal | Expression;

/** The most characters in a template. */
const MAX_TEMPLATE_LENGTH = 8192;

/** The most expressions (`{…}`) in a template. */
const MAX_EXPRESSIONS = 32;

/** The most variables in a template, counting a repeated one each time. */
const MAX_VARIABLES = 64;

/** Thrown at a template that is not of RFC 6570's form, or over a bound. */
export class UriTemplateError extends Error {
  override readonly name = "UriTemplateError";
  /** The template. */
  readonly template: string;
  /** Where it goes wrong: an index into `template`. */
  readonly position: number;

  constructor(template: string, position: number, problem: string) {
    super(
      `Malformed URI template "${template}": ${problem} (position ${position}). See RFC 6570, section 2.`,
    );
    this.template = template;
    this.position = position;
  }
}

// The apostrophe is a literal since erratum 6937.
const LITERAL =
  /(?:[!#$&-;=?-[\]_a-z~\u{A0}-\u{D7FF}\u{E000}-\u{FFEF}\u{10000}-\u{10FFFD}]|%[0-9A-Fa-f]{2})+/uy;
const VARIABLE_NAME = /(?:\w|%[0-9A-Fa-f]{2})+(?:\.(?:\w|%[0-9A-Fa-f]{2})+)*/y;
const PREFIX = /[1-9][0-9]{0,3}(?![0-9])/y;
const RESERVED_OPERATORS = "=,!@|";

/** Reads a template; throws `UriTemplateError` where it is malformed. */
export function parseParts(template: string): Part[] {
  if (template.length > MAX_TEMPLATE_LENGTH) {
    const problem = `expected at most ${MAX_TEMPLATE_LENGTH} characters, got ${template.length}`;
    throw new UriTemplateError(`${template.slice(0, 64)}…`, MAX_TEMPLATE_LENGTH, problem);
  }
  const parts: Part[] = [];
  let expressions = 0;
  let variables = 0;
  let position = 0;
  while (position < template.length) {
    if (template[position] !== "{") {
      const text = literalAt(template, position);
      parts.push({ kind: "literal", text: encodeReserved(text) });
      position += text.length;
      continue;
    }
    const { expression, end } = expressionAt(template, position);
    variables += expression.variables.length;
    if (++expressions > MAX_EXPRESSIONS) {
      throw new UriTemplateError(template, position, `expected at most ${MAX_EXPRESSIONS} expressions`);
    }
    if (variables > MAX_VARIABLES) {
      throw new UriTemplateError(template, position, `expected at most ${MAX_VARIABLES} variables`);
    }
    parts.push(expression);
    position = end;
  }
  return parts;
}

function literalAt(template: string, position: number): string {
  const text = textAt(LITERAL, template, position);
  const end = position + text.length;
  if (end < template.length && template[end] !== "{") throw new UriTemplateError(template, end, badLiteral());
  if (!isWellEncoded(text)) {
    throw new UriTemplateError(template, position, "expected percent-encoded octets to be UTF-8");
  }
  return text;

  function badLiteral(): string {
    if (template[end] === "}")
      return 'found "}" without an expression that it closes; write %7D for the character';
    if (template[end] === "%")
      return 'expected two hexadecimal digits after "%"; write %25 for the character';
    return `${found(template, end)} may not stand in a URI; percent-encode it`;
  }
}

function expressionAt(template: string, open: number): { expression: Expression; end: number } {
  let position = open + 1;
  const symbol = template[position] ?? "";
  if (RESERVED_OPERATORS.includes(symbol) && symbol !== "") {
    const problem = `the operator "${symbol}" is reserved for extensions; expected one of + # . / ; ? & or none`;
    throw new UriTemplateError(template, position, problem);
  }
  let operator = operators.get(symbol);
  if (operator && symbol !== "") position += 1;
  operator ??= operators.get("") as Operator;

  const variables: Variable[] = [];
  for (;;) {
    const { variable, end } = variableAt(template, position);
    variables.push(variable);
    position = end;
    if (template[position] === "}") break;
    if (template[position] !== ",") {
      const problem = `expected "," or "}" after the variable "${variable.name}", got ${found(template, position)}`;
      throw new UriTemplateError(template, position, problem);
    }
    position += 1;
  }
  return { expression: { kind: "expression", operator, variables }, end: position + 1 };
}

function variableAt(template: string, start: number): { variable: Variable; end: number } {
  const name = textAt(VARIABLE_NAME, template, start);
  if (name === "") {
    const problem = `expected a variable name (letters, digits, "_", "."), got ${found(template, start)}`;
    throw new UriTemplateError(template, start, problem);
  }
  if (!isWellEncoded(name)) {
    throw new UriTemplateError(template, start, "expected percent-encoded octets to be UTF-8");
  }
  const end = start + name.length;
  if (template[end] === "*") {
    return { variable: { name, explode: true, prefix: Number.POSITIVE_INFINITY }, end: end + 1 };
  }
  if (template[end] !== ":") {
    return { variable: { name, explode: false, prefix: Number.POSITIVE_INFINITY }, end };
  }
  const prefix = textAt(PREFIX, template, end + 1);
  if (prefix === "") {
    const problem = `expected a length from 1 to 9999 after ":", got ${found(template, end + 1)}`;
    throw new UriTemplateError(template, end + 1, problem);
  }
  return { variable: { name, explode: false, prefix: Number(prefix) }, end: end + 1 + prefix.length };
}

/** What a sticky pattern matches at a position; empty where it does not. */
function textAt(pattern: RegExp, template: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(template)?.[0] ?? "";
}

function found(template: string, position: number): string {
  const code = template.codePointAt(position);
  return code === undefined ? "the end of the template" : JSON.stringify(String.fromCodePoint(code));
}
