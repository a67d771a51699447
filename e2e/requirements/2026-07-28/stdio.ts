import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio";

export const stdio: readonly Requirement[] = [
  {
    id: "2026-07-28/stdio/no-embedded-newlines",
    level: "MUST",
    text: "Messages are delimited by newlines and contain none.",
    place: page,
    check:
      "Results and errors with \\n, \\r\\n and U+2028 in keys and values → each stdout line parses as one message.",
  },
  {
    id: "2026-07-28/stdio/stdout-is-for-messages",
    level: "MUST",
    text: "Nothing but valid MCP messages is written to stdout.",
    place: page,
    check:
      "A server process whose handlers call console.log, console.info and process.stdout.write → every line of stdout is a message; the text is on stderr.",
  },
  {
    id: "2026-07-28/stdio/no-requests",
    level: "MUST",
    text: "No JSON-RPC requests are written to stdout.",
    place: `${page}#receiving-messages`,
    check:
      "A process whose tools elicit, sample and list roots for a modern client → no line has a method and an id.",
  },
  {
    id: "2026-07-28/stdio/cancellation-stops-work",
    level: "SHOULD",
    text: "Work on a cancelled request stops as soon as practical.",
    place: `${page}#cancellation`,
    check:
      "notifications/cancelled on stdin for a call that waits → ctx.signal is aborted before the next line is handled.",
  },
  {
    id: "2026-07-28/stdio/cancellation-silences",
    level: "MUST",
    text: "Nothing more is sent for a cancelled request.",
    place: `${page}#cancellation`,
    check:
      "A handler that reports progress, logs and returns after its cancellation → stdout has no line about its id or token.",
  },
  {
    id: "2026-07-28/stdio/exits-on-end-of-input",
    level: "SHOULD",
    text: "The server exits promptly when its stdin is closed or ends.",
    place: `${page}#shutdown`,
    check:
      "Close stdin of a process with an open call and an open listen → it exits with code 0 within the grace period, without a signal.",
  },
];
