import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic";

export const meta: readonly Requirement[] = [
  {
    id: "2025-11-25/meta/reserved-keys-not-presumed",
    level: "MUST",
    text: "Nothing is presumed about values at reserved `_meta` keys beyond what is specified.",
    place: `${page}#meta`,
    check:
      "Requests whose _meta has reserved keys unknown to this revision with values of every JSON type → served like any other, and the handler sees them unchanged.",
  },
  {
    id: "2025-11-25/meta/prefix-format",
    level: "MUST",
    text: "A prefix in a `_meta` key is labels separated by dots and ended by a slash; a label starts with a letter and ends with a letter or digit.",
    place: `${page}#meta`,
    check:
      'Definitions and results with _meta keys "1a/x", "a-/x", "a..b/x" and "/x" → refused with the key named; keys of the server\'s own follow the form.',
  },
  {
    id: "2025-11-25/meta/prefix-reverse-dns",
    level: "SHOULD",
    text: "Prefixes are reverse DNS names.",
    place: `${page}#meta`,
    check:
      "Every _meta key that the package itself writes begins with a reverse DNS prefix or is one that the specification defines.",
  },
  {
    id: "2025-11-25/meta/name-format",
    level: "MUST",
    text: "The name in a `_meta` key begins and ends with a letter or digit unless it is empty.",
    place: `${page}#meta`,
    check:
      'Definitions and results with _meta keys "com.example/-x", "x_" and "com.example/x y" → refused with the key named; "com.example/" is accepted.',
  },
];
