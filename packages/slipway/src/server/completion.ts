/**
 * What a completion handler returns: all values, best first, or some of them with what it knows of the rest.
 */
export type CompletionValues =
  | readonly string[]
  | {
      /** Best first. */
      readonly values: readonly string[];
      /** How many values there are in all, where that is known. */
      readonly total?: number;
      /** Whether there are others than these. */
      readonly hasMore?: boolean;
    };

/** The `completion` of a `CompleteResult`. */
export interface Completion {
  values: string[];
  total?: number;
  hasMore?: boolean;
}

/** The most values in one result. */
const MAX_COMPLETION_VALUES = 100;

/**
 * The `completion` to send for what a handler returned: its first 100 values, and how many there are.
 *
 * Values without `total` and `hasMore` are all there are. `hasMore` is true wherever values are left out or
 * `total` says that there are more; with `hasMore` true and no greater `total`, the total is unknown and is
 * left out. A `total` below the number of values is raised to it. Throws `TypeError` where a value is not a
 * string or `total` is not a whole number.
 *
 * https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion#completion-results
 */
export function completionResult(returned: CompletionValues): Completion {
  const { values, total, hasMore = false } = isList(returned) ? { values: returned } : returned;
  for (const value of values) {
    if (typeof value !== "string") {
      throw new TypeError(`Expected the values of a completion to be strings, got ${JSON.stringify(value)}.`);
    }
  }
  if (total !== undefined && !(Number.isSafeInteger(total) && total >= 0)) {
    throw new TypeError(`Expected the total of a completion to be a whole number, got ${total}.`);
  }
  const known = Math.max(total ?? 0, values.length);
  const sent = values.slice(0, MAX_COMPLETION_VALUES);
  // Others than the handler's own values exist, and nobody has counted them.
  if (hasMore && known === values.length) return { values: sent, hasMore: true };
  return { values: sent, total: known, hasMore: known > sent.length };
}

// `Array.isArray` does not narrow a readonly array out of a union.
function isList(returned: CompletionValues): returned is readonly string[] {
  return Array.isArray(returned);
}
