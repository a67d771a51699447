import { ClientError } from "./errors.ts";

/** Goes through all pages of a list. */
export async function* pagesOf<Page extends { nextCursor?: string }>(
  fetchPage: (cursor: string | undefined) => Promise<Page>,
): AsyncGenerator<Page, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await fetchPage(cursor);
    yield page;
    cursor = page.nextCursor;
    if (cursor !== undefined && seen.has(cursor)) {
      throw new ClientError("protocol", "The server's list goes round in circles: a cursor came twice.");
    }
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
