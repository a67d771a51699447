import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/ping";

export const ping: readonly Requirement[] = [
  {
    id: "2025-11-25/ping/answered",
    level: "MUST",
    text: "A ping is answered promptly with an empty result.",
    place: `${page}#behavior-requirements`,
    check:
      "ping while a call runs, before initialized, and on a session of another machine → result {} at once.",
  },
  {
    id: "2025-11-25/ping/sent-periodically",
    level: "SHOULD",
    text: "Pings are issued periodically to detect a dead connection.",
    place: `${page}#implementation-considerations`,
    check:
      "An idle stdio session and an open GET stream with pings switched on, fake clock past the interval → the client receives a ping.",
  },
  {
    id: "2025-11-25/ping/interval-configurable",
    level: "SHOULD",
    text: "The frequency of pings is configurable.",
    place: `${page}#implementation-considerations`,
    check: "Intervals of 5 s and 60 s and off → pings at those times and none.",
  },
  {
    id: "2025-11-25/ping/timeout-fits",
    level: "SHOULD",
    text: "The timeout of a ping fits the network.",
    place: `${page}#implementation-considerations`,
    check:
      "The timeout is an option with a documented default; an answer just within it keeps the session, one after it does not.",
  },
  {
    id: "2025-11-25/ping/not-excessive",
    level: "SHOULD",
    text: "Excessive pinging is avoided.",
    place: `${page}#implementation-considerations`,
    check:
      "Traffic in both directions within the interval → no ping; never two unanswered pings to one client.",
  },
  {
    id: "2025-11-25/ping/timeout-is-failure",
    level: "SHOULD",
    text: "A ping that times out is treated as a failed connection.",
    place: `${page}#error-handling`,
    check:
      "A ping without an answer past the timeout → the stream or stdio connection is closed, and its waiting asks end.",
  },
  {
    id: "2025-11-25/ping/failures-logged",
    level: "SHOULD",
    text: "Failed pings are logged.",
    place: `${page}#error-handling`,
    check: "A ping without an answer → a log entry that names the session and how long it waited.",
  },
];
