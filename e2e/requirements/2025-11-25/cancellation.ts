import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/cancellation";
const specification = "https://modelcontextprotocol.io/specification/2025-11-25";

export const cancellation: readonly Requirement[] = [
  {
    id: "2025-11-25/cancellation/only-own-requests",
    level: "MUST",
    text: "A cancellation that the server sends references a request that it issued itself in this direction.",
    place: `${page}#behavior-requirements`,
    check:
      "The requestId of each notifications/cancelled to the client is the id of an ask that the server sent to that client.",
  },
  {
    id: "2025-11-25/cancellation/only-open-requests",
    level: "MUST",
    text: "A cancellation that the server sends references a request believed to be in progress.",
    place: `${page}#behavior-requirements`,
    check: "Timeouts and cancelled calls after the answer came → no notifications/cancelled; before → one.",
  },
  {
    id: "2025-11-25/cancellation/request-id-given",
    level: "MUST",
    text: "A cancellation that the server sends has a `requestId`.",
    place: `${specification}/schema#cancellednotificationparams`,
    check: "Every notifications/cancelled to the client has a requestId.",
  },
  {
    id: "2025-11-25/cancellation/stops-work",
    level: "SHOULD",
    text: "A cancelled request is no longer worked on.",
    place: `${page}#behavior-requirements`,
    check:
      "notifications/cancelled for a running call → ctx.signal is aborted with the reason, and pending asks, steps and progress end.",
  },
  {
    id: "2025-11-25/cancellation/frees-resources",
    level: "SHOULD",
    text: "The resources of a cancelled request are freed.",
    place: `${page}#behavior-requirements`,
    check:
      "After 1,000 cancelled calls the in-flight table, timers, asks, journals and store entries are as before.",
  },
  {
    id: "2025-11-25/cancellation/not-answered",
    level: "SHOULD",
    text: "A cancelled request is not answered.",
    place: `${page}#behavior-requirements`,
    check:
      "A handler that returns and one that throws after the cancellation → no message with the call's id.",
  },
  {
    id: "2025-11-25/cancellation/late-answer-ignored",
    level: "SHOULD",
    text: "The answer to a request that the server cancelled is ignored when it comes late.",
    place: `${page}#behavior-requirements`,
    check: "An ask is cancelled, then answered → 202 and nothing changes; no handler wakes.",
  },
  {
    id: "2025-11-25/cancellation/races-handled",
    level: "MUST",
    text: "A cancellation that arrives during or after completion is handled gracefully.",
    place: `${page}#timing-considerations`,
    check:
      "Cancellation at each point before, during and after the response (a scheduled race) → one response or none, never two, and later requests are served.",
  },
  {
    id: "2025-11-25/cancellation/reason-logged",
    level: "SHOULD",
    text: "The reason of a cancellation is logged.",
    place: `${page}#implementation-notes`,
    check:
      'A cancellation with reason "user left" → the server\'s log has an entry with the reason and the request.',
  },
  {
    id: "2025-11-25/cancellation/invalid-ignored",
    level: "SHOULD",
    text: "Cancellations of unknown or completed requests and malformed ones are ignored.",
    place: `${page}#error-handling`,
    check:
      'Cancellations with an unknown id, a completed id, no requestId and requestId {} → no answer, no effect, the next request is served; the id 1 does not cancel "1".',
  },
];
