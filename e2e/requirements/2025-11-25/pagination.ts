import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/pagination";

export const pagination: readonly Requirement[] = [
  {
    id: "2025-11-25/pagination/stable-cursors",
    level: "SHOULD",
    text: "Cursors are stable.",
    place: `${page}#implementation-guidelines`,
    check:
      "A cursor used twice, on another machine and after an entry was added or removed elsewhere in the list → no entry skipped and none twice.",
  },
  {
    id: "2025-11-25/pagination/invalid-cursor",
    level: "SHOULD",
    text: "An invalid cursor is handled gracefully, with -32602.",
    place: `${page}#error-handling`,
    check:
      'cursor "nope", one of another list, a changed one, 7 and null, on each list method → -32602, and the next request is served.',
  },
  {
    id: "2025-11-25/pagination/after-cursor",
    level: "SHOULD",
    implied: true,
    text: "A request with a cursor is answered with what comes after it.",
    place: `${page}#request-format`,
    check:
      "Following nextCursor through 1,000 entries of each list → each exactly once, in order; the last page has no nextCursor.",
  },
];
