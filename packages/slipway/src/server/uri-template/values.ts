import { prefixOf } from "./characters.ts";
import type { Capture } from "./match.ts";
import type { Variable } from "./parse.ts";

/** A variable's values in a URI: one, or with `*` any number. */
type Members = readonly string[];

/**
 * The values that captures stand for, by variable in the template's order. `undefined` where a value is
 * unsafe, or where no set of values could have made the captures: a parameter comes twice, or a variable's
 * places disagree.
 */
export function valuesOf(
  variables: readonly Variable[],
  captures: readonly Capture[],
): Map<string, string | string[]> | undefined {
  const membersOf = new Map<Variable, string[]>();
  for (const { place, text } of captures) {
    const value = decodeURIComponent(text);
    if (!isSafe(value, place.operator.reserved)) return undefined;
    const members = membersOf.get(place.variable);
    if (members === undefined) membersOf.set(place.variable, [value]);
    else if (place.variable.explode) members.push(value);
    else return undefined;
  }

  const values = new Map<string, string | string[]>();
  for (const [name, places] of byName(variables)) {
    const present = places.filter((variable) => membersOf.has(variable));
    if (present.length === 0) continue;
    if (present.length < places.length) return undefined;

    const longest = present.reduce((a, b) => (b.prefix > a.prefix ? b : a));
    const members = membersOf.get(longest) as string[];
    for (const place of present) {
      if (!isWritten(members, place.prefix, membersOf.get(place) as string[])) return undefined;
    }
    values.set(name, places.some((place) => place.explode) ? members : (members[0] as string));
  }
  return values;
}

/** Whether a place that shows so much of a variable would show this. */
function isWritten(members: Members, prefix: number, shown: Members): boolean {
  return (
    members.length === shown.length &&
    members.every((member, index) => prefixOf(member, prefix, false) === shown[index])
  );
}

/**
 * Whether a decoded value may reach a handler. None holds a control character. One of reserved expansion,
 * which may be a path, has no segment `..`; any other stays one segment when it is put into a path.
 */
function isSafe(value: string, reserved: boolean): boolean {
  if (/\p{Cc}/u.test(value)) return false;
  if (reserved) return !value.split(/[/\\]/).includes("..");
  return value !== "." && value !== ".." && !/[/\\]/.test(value);
}

/**
 * Whether a well-encoded URI has a segment `..`. Two values, or a value and a literal, may make one between
 * them (`{+path}{.ext}` of `a/..`) of which neither is unsafe alone.
 */
export function hasParentSegment(uri: string): boolean {
  if (!uri.includes("..") && !uri.includes("%")) return false;
  return decodeURIComponent(uri)
    .split(/[/\\?#]/)
    .includes("..");
}

function byName(variables: readonly Variable[]): Map<string, Variable[]> {
  const places = new Map<string, Variable[]>();
  for (const variable of variables) {
    const same = places.get(variable.name);
    if (same) same.push(variable);
    else places.set(variable.name, [variable]);
  }
  return places;
}
