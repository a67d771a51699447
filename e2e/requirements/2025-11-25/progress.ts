import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/progress";

export const progress: readonly Requirement[] = [
  {
    id: "2025-11-25/progress/token-type",
    level: "MUST",
    text: "A progress token that the server attaches is a string or an integer.",
    place: `${page}#progress-flow`,
    check: "Every ask that reaches the client with _meta.progressToken has a string or an integer there.",
  },
  {
    id: "2025-11-25/progress/token-unique",
    level: "MUST",
    text: "A progress token that the server attaches is unique across its active requests.",
    place: `${page}#progress-flow`,
    check: "100 parallel asks of one session that want progress → 100 different tokens.",
  },
  {
    id: "2025-11-25/progress/increases",
    level: "MUST",
    text: "`progress` increases with each notification, also without a total.",
    place: `${page}#progress-flow`,
    check:
      "A handler that reports 1, 3, 3, 2, 4, NaN → the client sees 1, 3, 4; also where a replayed handler reports anew.",
  },
  {
    id: "2025-11-25/progress/message-readable",
    level: "SHOULD",
    text: "`message` is relevant, human readable information.",
    place: `${page}#progress-flow`,
    bindsAuthor: true,
    reason: "The words of a progress message are the handler's; the runtime writes none and passes them on.",
  },
  {
    id: "2025-11-25/progress/known-tokens-only",
    level: "MUST",
    text: "Progress is sent only for a token that an active request gave.",
    place: `${page}#behavior-requirements`,
    check:
      'A call without a token whose handler reports progress → no notification; with the tokens 0, "" and "t" → exactly that token, with its type.',
  },
  {
    id: "2025-11-25/progress/in-progress-only",
    level: "MUST",
    text: "Progress is sent only while the operation of its token is in progress.",
    place: `${page}#behavior-requirements`,
    check:
      "A handler that reports progress while it is cancelled, suspended for input or after it threw → no notification.",
  },
  {
    id: "2025-11-25/progress/tokens-tracked",
    level: "SHOULD",
    text: "Active progress tokens are tracked.",
    place: `${page}#implementation-notes`,
    check:
      "Two parallel calls with different tokens → each notification has the token of its own call; after the end neither token is held.",
  },
  {
    id: "2025-11-25/progress/rate-limited",
    level: "SHOULD",
    text: "Progress notifications are limited in rate.",
    place: `${page}#implementation-notes`,
    check:
      "A handler that reports 10,000 times in a loop → far fewer notifications than that, and the last value is among them.",
  },
  {
    id: "2025-11-25/progress/stops-after-completion",
    level: "MUST",
    text: "No progress is sent after completion.",
    place: `${page}#implementation-notes`,
    check:
      "A handler that goes on reporting after it returned → nothing follows the response, on HTTP, on stdio and on a legacy GET stream.",
  },
];
