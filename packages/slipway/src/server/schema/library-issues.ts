import { formatPath, pointerTokens } from "../../protocol/schema/path.ts";
import type { JsonSchemaLibraryError } from "./library.ts";
import type { Issue } from "./validation.ts";

/** Keywords whose error only says that there are errors further in, which are listed too. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "$ref",
  "allOf",
  "if",
  "dependentSchemas",
  "dependencies",
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "items",
  "prefixItems",
  "additionalItems",
  "unevaluatedItems",
]);

const MAX_ISSUES = 20;

/** The library's errors as issues: only those that say something, the first 20, with paths as in code. */
export function issuesOf(errors: readonly JsonSchemaLibraryError[], value: unknown): Issue[] {
  const telling = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  const list = telling.length > 0 ? telling : errors;
  const issues = list.slice(0, MAX_ISSUES).map(({ keyword, instanceLocation, error }) => ({
    path: formatPath(keysAt(value, instanceLocation)),
    message: keyword === "false" ? "Not allowed here." : error,
  }));
  if (list.length > MAX_ISSUES)
    issues.push({ path: "", message: `And ${list.length - MAX_ISSUES} more problems.` });
  return issues;
}

/** The keys of a pointer; only the value tells whether `0` is an index or a name. */
function keysAt(root: unknown, fragment: string): PropertyKey[] {
  let value = root;
  return pointerTokens(decodeURI(fragment)).map((token) => {
    const key = Array.isArray(value) ? Number(token) : token;
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
    return key;
  });
}
