/** One page of a list, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent from the last page. */
  readonly nextCursor?: string;
}

/** Thrown at a cursor that `paginate` did not issue; the protocol's answer is -32602 (Invalid params). */
export class InvalidCursorError extends Error {
  override readonly name = "InvalidCursorError";

  constructor(problem: string) {
    super(
      `Invalid cursor: ${problem}; pass the "nextCursor" of an earlier page of this list, unchanged, or begin again without a cursor.`,
    );
  }
}

/** The longest cursor that is issued or accepted, in characters: enough for a key of 48 KiB. */
const MAX_CURSOR_LENGTH = 65_536;

/** The first element of a cursor's content; another form of cursor takes another number. */
const VERSION = 1;

/**
 * The page of a list that a cursor points to; without a cursor, the first.
 *
 * Pages follow the order of the items' keys, by UTF-16 code unit, whatever the order of `items`. A cursor
 * holds the key of the last item before it, so it needs no memory, works on every machine, and stays right
 * when the list changes: an item that is there throughout comes exactly once, and one that is added or
 * removed in between disturbs no other.
 *
 * `pageSize` is a positive integer; `list` names the list, so that no cursor of another is taken. Items of equal
 * keys stay on one page, which may make it longer. Throws `InvalidCursorError` at a cursor that was not issued
 * here; the empty string is one, as none is ever empty.
 *
 * https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination
 */
export function paginate<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  cursor: string | undefined,
  pageSize: number,
  list = "",
): Page<T> {
  if (!Number.isSafeInteger(pageSize) || pageSize < 1) {
    throw new RangeError(`Expected a page size that is a positive integer, got ${pageSize}.`);
  }
  const after = cursor === undefined ? undefined : keyOfCursor(cursor, list);
  const rest = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));

  let end = Math.min(pageSize, rest.length);
  while (end < rest.length && rest[end]?.key === rest[end - 1]?.key) end += 1;
  const page = rest.slice(0, end).map(({ item }) => item);
  const last = rest[end - 1];
  return end < rest.length && last ? { items: page, nextCursor: cursorOf(last.key, list) } : { items: page };
}

function cursorOf(key: string, list: string): string {
  // JSON escapes a lone surrogate, which UTF-8 cannot hold.
  const bytes = new TextEncoder().encode(JSON.stringify([VERSION, list, key]));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const cursor = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  if (cursor.length > MAX_CURSOR_LENGTH) {
    throw new RangeError(
      `Expected a key that fits a cursor of ${MAX_CURSOR_LENGTH} characters, got one of ${key.length} characters: "${key.slice(0, 64)}…".`,
    );
  }
  return cursor;
}

function keyOfCursor(cursor: string, list: string): string {
  if (cursor.length > MAX_CURSOR_LENGTH) {
    throw new InvalidCursorError(
      `expected at most ${MAX_CURSOR_LENGTH} characters, got one of ${cursor.length}`,
    );
  }
  const content = contentOf(cursor);
  if (!Array.isArray(content)) throw new InvalidCursorError("it is none of this server's");
  const [version, ofList, key] = content;
  if (version !== VERSION) throw new InvalidCursorError(`expected version ${VERSION}, got another`);
  if (typeof ofList === "string" && ofList !== list) throw new InvalidCursorError("it is of another list");
  // One key has one cursor: what else decodes to it was not issued.
  if (typeof key !== "string" || cursorOf(key, list) !== cursor) {
    throw new InvalidCursorError("it is none of this server's");
  }
  return key;
}

function contentOf(cursor: string): unknown {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
