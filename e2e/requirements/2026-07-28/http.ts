import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http";

export const http: readonly Requirement[] = [
  {
    id: "2026-07-28/http/single-endpoint",
    level: "MUST",
    text: "One endpoint path serves POST.",
    place: page,
    check: "POST of every method to the same path → 200; other paths → 404.",
  },
  {
    id: "2026-07-28/http/origin-validated",
    level: "MUST",
    text: "The `Origin` of every incoming connection is validated.",
    place: `${page}#security-%26-endpoint`,
    check:
      'POST, GET, DELETE and OPTIONS with an allowed, a foreign, a malformed, a "null" and no Origin → only foreign, malformed and "null" are refused, before the body is read.',
  },
  {
    id: "2026-07-28/http/origin-403",
    level: "MUST",
    text: "A present and invalid `Origin` is answered with 403.",
    place: `${page}#security-%26-endpoint`,
    check:
      "POST with Origin https://evil.example, and with http://localhost.evil.example → 403; a body, if any, is a JSON-RPC error without an id.",
  },
  {
    id: "2026-07-28/http/binds-to-loopback",
    level: "SHOULD",
    text: "A local server binds to the loopback and not to all interfaces.",
    place: `${page}#security-%26-endpoint`,
    check:
      "listen() without a host → the address is 127.0.0.1 or ::1, and the machine's other address refuses connections.",
  },
  {
    id: "2026-07-28/http/authentication",
    level: "SHOULD",
    text: "Connections are authenticated.",
    place: `${page}#security-%26-endpoint`,
    check:
      "A server with an authenticator: POST, GET and DELETE without and with wrong credentials → 401 and no handler runs; with right ones the handler sees the principal.",
  },
  {
    id: "2026-07-28/http/accepted-202",
    level: "MUST",
    text: "An accepted notification (before 2026-07-28 also a response) is answered with 202 and no body.",
    place: `${page}#sending-messages`,
    check:
      "POST of notifications/initialized and of an answer to an ask (2025-11-25), and of an unknown notification (both) → 202, content length 0.",
  },
  {
    id: "2026-07-28/http/refused-status",
    level: "MUST",
    text: "A notification or response that is not accepted is answered with an HTTP error status.",
    place: `${page}#sending-messages`,
    check:
      "POST of a malformed notification, of one to an unknown session, and of a JSON-RPC response where none is allowed → 4xx; a body, if any, is a JSON-RPC error without an id.",
  },
  {
    id: "2026-07-28/http/json-or-event-stream",
    level: "MUST",
    text: "A request is answered with `application/json` or `text/event-stream`.",
    place: `${page}#sending-messages`,
    check:
      "Requests that succeed, fail, emit progress and ask → the Content-Type is one of the two, and the body is one object or an event stream accordingly.",
  },
  {
    id: "2026-07-28/http/stream-messages-relate",
    level: "MUST",
    text: "Notifications on a request's stream relate to that request.",
    place: `${page}#receiving-messages`,
    check:
      "Two streaming calls and an open listen while lists and resources change → each call's stream has its own progress and logs only.",
  },
  {
    id: "2026-07-28/http/no-requests-on-streams",
    level: "MUST",
    text: "No independent JSON-RPC requests are sent on a stream.",
    place: `${page}#receiving-messages`,
    check:
      "Handlers that elicit, sample and list roots after progress was streamed → no event has a method and an id; the stream ends with an input_required result.",
  },
  {
    id: "2026-07-28/http/response-ends-stream",
    level: "SHOULD",
    text: "The response is the end of a request's stream.",
    place: `${page}#receiving-messages`,
    check:
      "A call that streams → the response is the last event and the connection's body ends right after it.",
  },
  {
    id: "2026-07-28/http/no-proxy-buffering",
    level: "SHOULD",
    text: "An SSE response has the header `X-Accel-Buffering: no`.",
    place: `${page}#receiving-messages`,
    check: "A call that streams, and a listen → the header is there; a JSON answer does not have it.",
  },
  {
    id: "2026-07-28/http/keep-alive",
    level: "SHOULD",
    implied: true,
    text: "A long-lived stream is kept open by a comment line from time to time.",
    place: `${page}#receiving-messages`,
    check:
      "A silent listen and a silent call, fake clock past the interval → a line that begins with a colon, and no event.",
  },
  {
    id: "2026-07-28/http/disconnect-cancels",
    level: "MUST",
    text: "Closing the response stream cancels its request.",
    place: `${page}#cancellation`,
    check:
      "The client closes the connection of a call that streams, of one that has sent nothing yet, and of a listen → ctx.signal is aborted, the subscription is gone.",
  },
  {
    id: "2026-07-28/http/disconnect-stops-work",
    level: "SHOULD",
    text: "Work on a request whose stream was closed stops as soon as practical.",
    place: `${page}#cancellation`,
    check:
      "The client closes the connection while a step and a question wait → each ends, and the in-flight count returns to 0.",
  },
  {
    id: "2026-07-28/http/disconnect-silences",
    level: "MUST",
    text: "Nothing more is sent for a request whose stream was closed.",
    place: `${page}#cancellation`,
    check:
      "A handler that goes on to emit after the disconnect → nothing is written to any connection or store.",
  },
  {
    id: "2026-07-28/http/version-header-mismatch",
    level: "MUST",
    text: "A version header that differs from the body's is answered with 400 and a header mismatch error.",
    place: `${page}#protocol-version-header`,
    check: "Header 2025-11-25 and _meta 2026-07-28, and the reverse → 400 with -32020.",
  },
  {
    id: "2026-07-28/http/version-header-missing",
    level: "MUST",
    text: "A server without support for versions before 2025-06-18 rejects a request without the version header.",
    place: `${page}#protocol-version-header`,
    check: "Those versions switched off, POST without MCP-Protocol-Version → 400 with -32020.",
  },
  {
    id: "2026-07-28/http/unsupported-version-400",
    level: "MUST",
    text: "A version that is not implemented is answered with 400 and -32022 that lists the supported ones.",
    place: `${page}#protocol-version-header`,
    check: 'Header and _meta "2099-01-01" → 400, -32022 with data.supported and data.requested.',
  },
  {
    id: "2026-07-28/http/unknown-method-404",
    level: "MUST",
    text: "A method that is not implemented is answered with 404 and -32601.",
    place: `${page}#protocol-version-header`,
    check:
      'POST "no/such", and prompts/list on a server without prompts → 404 with -32601 and the request\'s id.',
  },
  {
    id: "2026-07-28/http/get-and-delete-405",
    level: "SHOULD",
    text: "A server of this revision only answers GET and DELETE with 405.",
    place: `${page}#earlier-streamable-http-revisions`,
    check: "Legacy switched off: GET and DELETE, also with a session id → 405 with Allow: POST.",
  },
  {
    id: "2026-07-28/http/session-id-ignored",
    level: "SHOULD",
    text: "A server of this revision only ignores `Mcp-Session-Id` and neither mints nor echoes one.",
    place: `${page}#earlier-streamable-http-revisions`,
    check: 'A modern POST with Mcp-Session-Id "x" → served; no response of the server has the header.',
  },
  {
    id: "2026-07-28/http/last-event-id-ignored",
    level: "SHOULD",
    text: "A server of this revision only ignores `Last-Event-ID`.",
    place: `${page}#earlier-streamable-http-revisions`,
    check: 'A modern POST with Last-Event-ID "x" → served as without it, and modern events have no ids.',
  },
];
