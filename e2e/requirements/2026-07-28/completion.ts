import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const completion: readonly Requirement[] = [
  {
    id: "2026-07-28/completion/capability-declared",
    level: "MUST",
    text: "A server with completions declares the `completions` capability.",
    place: `${page}#capabilities`,
    check:
      "A server with one completable argument of a prompt, and one of a template → completions is declared; without any → not.",
  },
  {
    id: "2026-07-28/completion/not-supported",
    level: "SHOULD",
    text: "Without the capability `completion/complete` is answered with -32601.",
    place: `${page}#error-handling`,
    check: "completion/complete on a server without completers → -32601.",
  },
  {
    id: "2026-07-28/completion/unknown-prompt",
    level: "SHOULD",
    text: "An invalid prompt name is answered with -32602.",
    place: `${page}#error-handling`,
    check: 'ref/prompt "nope" and ref/resource of an unknown template → -32602.',
  },
  {
    id: "2026-07-28/completion/missing-arguments",
    level: "SHOULD",
    text: "Missing arguments are answered with -32602.",
    place: `${page}#error-handling`,
    check: "No ref, no argument, no argument.name, no argument.value and an unknown ref type → -32602.",
  },
  {
    id: "2026-07-28/completion/internal-error",
    level: "SHOULD",
    text: "An internal error is answered with -32603.",
    place: `${page}#error-handling`,
    check: 'A completer that throws → -32603 "Internal error" with a reference and without the thrown text.',
  },
  {
    id: "2026-07-28/completion/sorted",
    level: "SHOULD",
    text: "Suggestions are sorted by relevance.",
    place: `${page}#implementation-considerations`,
    check:
      'A completer given as a list, value "py" → "py", then what begins with it, then what contains it; the order of a completer function is kept.',
  },
  {
    id: "2026-07-28/completion/fuzzy",
    level: "SHOULD",
    text: "Fuzzy matching is done where appropriate.",
    place: `${page}#implementation-considerations`,
    check:
      'A completer given as a list, value "TYPE" or "pt" → matches without regard to case and with letters left out.',
  },
  {
    id: "2026-07-28/completion/at-most-100",
    level: "MUST",
    implied: true,
    text: "A completion has 100 values at most.",
    place: `${specification}/schema#completeresult`,
    check: "A completer that gives 150 → 100 values, total 150 and hasMore true.",
  },
  {
    id: "2026-07-28/completion/inputs-validated",
    level: "MUST",
    text: "All completion inputs are validated.",
    place: `${page}#security`,
    check:
      'An argument that the prompt or template does not have, value 7, context "x" and a value of 1 MB → -32602, and the completer does not run.',
  },
  {
    id: "2026-07-28/completion/rate-limited",
    level: "MUST",
    text: "Completion requests are limited in rate.",
    place: `${page}#security`,
    check:
      "Requests past the limit of a principal → refused with a clear error; another principal is served.",
  },
  {
    id: "2026-07-28/completion/access-controlled",
    level: "MUST",
    text: "Access to sensitive suggestions is controlled.",
    place: `${page}#security`,
    check:
      "A completer sees the principal; completions of a prompt or template that needs a scope → without it as for an unknown one.",
  },
  {
    id: "2026-07-28/completion/no-disclosure",
    level: "MUST",
    text: "Completions disclose nothing that the client may not see.",
    place: `${page}#security`,
    check:
      "Completing a ref/resource of a hidden template and of an unknown one → the same bytes; a thrown text never reaches the client.",
  },
];
