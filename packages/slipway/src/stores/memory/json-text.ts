/** The text of a JSON value; throws a TypeError, which names `what`, for a value that is none. */
export function jsonText(value: unknown, what: string): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`Expected a JSON value as ${what}, got ${typeof value}.`);
  return text;
}
