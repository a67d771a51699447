/**
 * An id as databases can hold it: without U+0000 and lone surrogates, and no two ids in one text. Most ids are
 * their own text.
 */
export function idText(id: string): string {
  return JSON.stringify(id).slice(1, -1);
}

/** The id that {@link idText} was given. */
export function textId(text: string): string {
  return JSON.parse(`"${text}"`);
}

/** What a column holds of a JSON value; `undefined` for one that was never set. */
export function parsed(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}
