import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation";

export const cancellation: readonly Requirement[] = [
  {
    id: "2026-07-28/cancellation/server-ends-listen",
    level: "MUST",
    text: "When the server tears a subscription down it sends `notifications/cancelled` with the id of the listen request.",
    place: page,
    check:
      "close() of a stdio server with two open listens → a notifications/cancelled with each listen's id.",
  },
  {
    id: "2026-07-28/cancellation/for-nothing-else",
    level: "MUST",
    text: "The server sends `notifications/cancelled` for no other purpose.",
    place: page,
    check:
      "Timeouts, shutdown, failed calls and refused requests on both transports → no notifications/cancelled whose requestId is not a listen request.",
  },
  {
    id: "2026-07-28/cancellation/references-listen",
    level: "MUST",
    text: "A cancellation that the server sends references a `subscriptions/listen` request.",
    place: `${page}#behavior-requirements`,
    check:
      "The requestId of every cancelled notification in a mixed run belongs to a listen request of that connection, with its JSON type.",
  },
  {
    id: "2026-07-28/cancellation/stops-work",
    level: "SHOULD",
    text: "A cancelled request is no longer worked on.",
    place: `${page}#behavior-requirements`,
    check:
      "notifications/cancelled for a running call → ctx.signal is aborted with the reason, and pending asks, steps and progress end.",
  },
  {
    id: "2026-07-28/cancellation/frees-resources",
    level: "SHOULD",
    text: "The resources of a cancelled request are freed.",
    place: `${page}#behavior-requirements`,
    check:
      "After hundreds of cancelled calls no call and no stream is left, and their ids can be used again.",
  },
  {
    id: "2026-07-28/cancellation/not-answered",
    level: "SHOULD",
    text: "A cancelled request is not answered.",
    place: `${page}#behavior-requirements`,
    check:
      "A handler that returns and one that throws after the cancellation → no message with the call's id.",
  },
  {
    id: "2026-07-28/cancellation/races-handled",
    level: "MUST",
    text: "A cancellation that arrives during or after completion is handled gracefully.",
    place: `${page}#timing-considerations`,
    check:
      "Cancellation at each point before, during and after the response (a scheduled race) → one response or none, never two, and later requests are served.",
  },
  {
    id: "2026-07-28/cancellation/reason-logged",
    level: "SHOULD",
    text: "The reason of a cancellation is logged.",
    place: `${page}#implementation-notes`,
    check:
      'A cancellation with reason "user left" → the server\'s log has an entry with the reason and the request.',
  },
  {
    id: "2026-07-28/cancellation/invalid-ignored",
    level: "SHOULD",
    text: "Cancellations of unknown or completed requests and malformed ones are ignored.",
    place: `${page}#error-handling`,
    check:
      'Cancellations with an unknown id, a completed id, no requestId and requestId {} → no answer, no effect, the next request is served; the id 1 does not cancel "1".',
  },
];
