import { characterStarts, isWellEncoded, normalizeEncoding } from "./characters.ts";
import { expandParts, type UriTemplateValues } from "./expand.ts";
import { matchStates } from "./match.ts";
import { type Part, parseParts } from "./parse.ts";
import { statesOf } from "./states.ts";
import { hasParentSegment, valuesOf } from "./values.ts";

export type { UriTemplateValue, UriTemplateValues } from "./expand.ts";
export { UriTemplateError } from "./parse.ts";

/**
 * A URI template of RFC 6570, levels 1 to 4: what a resource template's `uriTemplate` is.
 *
 * https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates
 */
export interface UriTemplate {
  /** The template as it was written. */
  readonly source: string;

  /** The variables' names, each once, in the order in which the template has them. */
  readonly variables: readonly string[];

  /**
   * Orders templates that match the same URI: the greatest comes first. More literal characters are greater;
   * of as many, fewer variables; of as many, variables that hold one segment (not `+`, `#` or `*`).
   */
  readonly specificity: number;

  /**
   * The values from which `expand` makes the URI, percent-decoded, or `undefined` where there are none. The
   * match is of the whole URI and exact as to case.
   *
   * - A value is a string, and with `*` a list of strings; lists without `*` and associative arrays are not
   *   matched.
   * - `{x}` and `{+x}` take at least one character. All other operators may be absent, and then the variable
   *   is not in the map: `{/x}` matches nothing, or `/` and a value.
   * - Of several variables in `{x,y}`, the first ones are present.
   * - The parameters of one `{?x,y}`, `{&x,y}` or `{;x,y}` may come in any order, as clients reorder them;
   *   not twice, nor with others between them.
   * - A variable that the template repeats has the same value at all its places.
   * - A URI that can be read in several ways is read so that the most variables are found, and then so that
   *   an earlier value is as long as it can be: `{name}{.ext}` takes `a.b.c` as `a.b` and `c`.
   *
   * A value is safe to use as one path segment: after decoding it has no `/` nor `\`, and is not `.` or `..`.
   * With `+` and `#` it may be a path, even an absolute one, but no segment of it is `..`; confine it to a
   * folder all the same. No value has a control character. A URI that has a segment `..` anywhere, whose
   * percent-encoding is malformed or not UTF-8, or that is longer than the bound does not match.
   *
   * The time is bounded by the template's size times the URI's length.
   */
  match(uri: string): Map<string, string | string[]> | undefined;

  /**
   * Makes the URI for some values; a variable without one leaves nothing. Throws `TypeError` where a prefix
   * (`{x:3}`) meets a list or an object, and where text is not well-formed Unicode.
   */
  expand(values: UriTemplateValues): string;
}

export interface UriTemplateOptions {
  /** The longest URI that `match` looks at, in UTF-16 code units; 8192 unless given. */
  readonly maxUriLength?: number;
}

/**
 * Reads a URI template of at most 8192 characters, 32 expressions and 64 variables. Throws
 * `UriTemplateError`, with the position, where it is malformed.
 */
export function parseUriTemplate(template: string, options: UriTemplateOptions = {}): UriTemplate {
  const { maxUriLength = 8192 } = options;
  const parts = parseParts(template);
  const states = statesOf(parts);
  const variables = parts.flatMap((part) => (part.kind === "expression" ? part.variables : []));

  return {
    source: template,
    variables: [...new Set(variables.map((variable) => variable.name))],
    specificity: specificityOf(parts),
    match(uri) {
      if (uri.length > maxUriLength || !isWellEncoded(uri) || hasParentSegment(uri)) return undefined;
      const captures = matchStates(states, normalizeEncoding(uri));
      return captures && valuesOf(variables, captures);
    },
    expand: (values) => expandParts(parts, values),
  };
}

function specificityOf(parts: readonly Part[]): number {
  let literals = 0;
  let variables = 0;
  let open = 0;
  for (const part of parts) {
    if (part.kind === "literal") literals += characterStarts(part.text).length - 1;
    else {
      variables += part.variables.length;
      open += part.variables.filter(({ explode }) => explode || part.operator.reserved).length;
    }
  }
  // A digit for each: there are at most 64 variables.
  return (literals * 65 - variables) * 65 - open;
}
