/** How many suggestions a client is sent. */
const MAX_SUGGESTIONS = 100;

/** The first suggestions, and whether there are others. */
export function suggest(all: Iterator<string> & Iterable<string>): { values: string[]; hasMore: boolean } {
  const values: string[] = [];
  for (const value of all) {
    if (values.length === MAX_SUGGESTIONS) return { values, hasMore: true };
    values.push(value);
  }
  return { values, hasMore: false };
}
