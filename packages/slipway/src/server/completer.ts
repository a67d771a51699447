import type { Context } from "./context.ts";

export interface CompletionContext {
  /** Arguments or variables that the client has settled already. */
  readonly arguments: { readonly [name: string]: string };
  readonly ctx: Context;
}

/** Suggestions, the best first. At most 100 are sent. */
export type Suggestions =
  | readonly string[]
  | { readonly values: readonly string[]; readonly total?: number; readonly hasMore?: boolean };

/**
 * Suggests values for an argument or a variable.
 * @param value what the user has typed so far
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
 */
export type Completer = (value: string, context: CompletionContext) => Suggestions | Promise<Suggestions>;

/** All values that there are, or a function that finds those that fit. */
export type CompletionSource = Completer | readonly string[];

/**
 * Suggests values of a list for what was typed, without regard to case: first the value itself, then those that
 * begin with it, then those that contain it, and last those that have its letters in its order. Within each of
 * these the list's order is kept.
 */
export function completerOfList(values: readonly string[]): Completer {
  const list = values.map((value) => ({ value, text: value.toLowerCase() }));
  return (typed) => {
    const wanted = typed.toLowerCase();
    return list
      .map(({ value, text }) => ({ value, rank: rankOf(text, wanted) }))
      .filter(({ rank }) => rank < NO_MATCH)
      .sort((a, b) => a.rank - b.rank)
      .map(({ value }) => value);
  };
}

const NO_MATCH = 4;

function rankOf(text: string, wanted: string): number {
  if (text === wanted) return 0;
  const place = text.indexOf(wanted);
  if (place >= 0) return place === 0 ? 1 : 2;
  let at = 0;
  for (const letter of wanted) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return NO_MATCH;
  }
  return 3;
}
