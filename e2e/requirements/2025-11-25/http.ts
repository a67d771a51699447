import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports";

export const http: readonly Requirement[] = [
  {
    id: "2025-11-25/http/single-endpoint",
    level: "MUST",
    text: "One endpoint path serves POST and GET.",
    place: `${page}#streamable-http`,
    check:
      "initialize by POST and a stream by GET on the same path of a session → 200 each; other paths → 404.",
  },
  {
    id: "2025-11-25/http/origin-validated",
    level: "MUST",
    text: "The `Origin` of every incoming connection is validated.",
    place: `${page}#security-warning`,
    check:
      'POST, GET, DELETE and OPTIONS with an allowed, a foreign, a malformed, a "null" and no Origin → only foreign, malformed and "null" are refused, before the body is read.',
  },
  {
    id: "2025-11-25/http/origin-403",
    level: "MUST",
    text: "A present and invalid `Origin` is answered with 403.",
    place: `${page}#security-warning`,
    check:
      "POST with Origin https://evil.example, and with http://localhost.evil.example → 403; a body, if any, is a JSON-RPC error without an id.",
  },
  {
    id: "2025-11-25/http/binds-to-loopback",
    level: "SHOULD",
    text: "A local server binds to the loopback and not to all interfaces.",
    place: `${page}#security-warning`,
    check:
      "listen() without a host → the address is 127.0.0.1 or ::1, and the machine's other address refuses connections.",
  },
  {
    id: "2025-11-25/http/authentication",
    level: "SHOULD",
    text: "Connections are authenticated.",
    place: `${page}#security-warning`,
    check:
      "A server with an authenticator: POST, GET and DELETE without and with wrong credentials → 401 and no handler runs; with right ones the handler sees the principal.",
  },
  {
    id: "2025-11-25/http/accepted-202",
    level: "MUST",
    text: "An accepted notification (before 2026-07-28 also a response) is answered with 202 and no body.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "POST of notifications/initialized and of an answer to an ask (2025-11-25), and of an unknown notification (both) → 202, content length 0.",
  },
  {
    id: "2025-11-25/http/refused-status",
    level: "MUST",
    text: "A notification or response that is not accepted is answered with an HTTP error status.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "POST of a malformed notification, of one to an unknown session, and of a JSON-RPC response where none is allowed → 4xx; a body, if any, is a JSON-RPC error without an id.",
  },
  {
    id: "2025-11-25/http/json-or-event-stream",
    level: "MUST",
    text: "A request is answered with `application/json` or `text/event-stream`.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "Requests that succeed, fail, emit progress and ask → the Content-Type is one of the two, and the body is one object or an event stream accordingly.",
  },
  {
    id: "2025-11-25/http/primes-the-stream",
    level: "SHOULD",
    text: "An SSE stream begins at once with an event that has an id and empty data.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "A call that streams → the first event has an id and an empty data field, and arrives before the handler goes on; reconnecting with that id replays all that followed.",
  },
  {
    id: "2025-11-25/http/retry-before-closing",
    level: "SHOULD",
    text: "Before the server closes the connection of a stream that goes on, it sends an event with a `retry` field.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "A server that closes long connections, and a draining one → the last event before the close has retry with the configured milliseconds.",
  },
  {
    id: "2025-11-25/http/stream-has-response",
    level: "SHOULD",
    text: "The stream of a request eventually includes its response.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "A handler that returns, throws, times out and whose machine is killed → the stream, resumed if need be, includes a response with the request's id.",
  },
  {
    id: "2025-11-25/http/stream-messages-relate",
    level: "SHOULD",
    text: "Messages on a request's stream relate to that request.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "Two streaming calls, a list change and a resource update at once → each call's stream has its own progress, logs and asks only.",
  },
  {
    id: "2025-11-25/http/response-ends-stream",
    level: "SHOULD",
    text: "The response is the end of a request's stream.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "A call that streams → the response is the last event and the connection's body ends right after it.",
  },
  {
    id: "2025-11-25/http/disconnect-is-no-cancellation",
    level: "SHOULD",
    text: "A disconnection is not taken for a cancellation.",
    place: `${page}#sending-messages-to-the-server`,
    check:
      "The client drops the connection of a streaming call → ctx.signal is not aborted, and the result is replayed on GET with Last-Event-ID.",
  },
  {
    id: "2025-11-25/http/get-stream-or-405",
    level: "MUST",
    text: "GET is answered with `text/event-stream` or 405.",
    place: `${page}#listening-for-messages-from-the-server`,
    check: "GET in a session → 200 text/event-stream; on a server without sessions → 405 with Allow.",
  },
  {
    id: "2025-11-25/http/get-messages-unrelated",
    level: "SHOULD",
    text: "Messages on a GET stream are unrelated to running requests.",
    place: `${page}#listening-for-messages-from-the-server`,
    check:
      "A call emits progress, logs and asks while a GET stream is open → the GET stream has none of them; a list change goes there.",
  },
  {
    id: "2025-11-25/http/get-no-responses",
    level: "MUST",
    text: "No response is sent on a GET stream unless it resumes the stream of that request.",
    place: `${page}#listening-for-messages-from-the-server`,
    check:
      "A call ends after its connection broke, with a fresh GET stream open → the fresh stream has no response; GET with the call's Last-Event-ID has it.",
  },
  {
    id: "2025-11-25/http/get-retry-before-closing",
    level: "SHOULD",
    text: "Before the server closes the connection of a GET stream that goes on, it sends a `retry` field.",
    place: `${page}#listening-for-messages-from-the-server`,
    check:
      "A draining server with an open GET stream → the last event has retry; the client that waits so long gets the next messages elsewhere.",
  },
  {
    id: "2025-11-25/http/one-stream-per-message",
    level: "MUST",
    text: "Each message goes to one stream only; nothing is broadcast over several.",
    place: `${page}#multiple-connections`,
    check:
      "A session with two GET streams on two machines and a call's stream, 100 list changes → each message arrives exactly once over all streams.",
  },
  {
    id: "2025-11-25/http/event-id-unique",
    level: "MUST",
    text: "Event ids are globally unique within the session.",
    place: `${page}#resumability-and-redelivery`,
    check: "All event ids of a session with 20 streams on two machines → no id twice.",
  },
  {
    id: "2025-11-25/http/event-id-names-stream",
    level: "SHOULD",
    text: "An event id identifies its stream.",
    place: `${page}#resumability-and-redelivery`,
    check:
      "A Last-Event-ID alone, on another machine → the stream that is resumed is the one that the event came from.",
  },
  {
    id: "2025-11-25/http/replays-own-stream-only",
    level: "MUST",
    text: "Messages of another stream are not replayed.",
    place: `${page}#resumability-and-redelivery`,
    check:
      "Three interrupted streams → each resume replays its own events in order, and none of the others; another session's event id is refused.",
  },
  {
    id: "2025-11-25/http/session-id-secure",
    level: "SHOULD",
    text: "A session id is globally unique and cryptographically secure.",
    place: `${page}#session-management`,
    check:
      "10,000 session ids are different and have 128 bits or more from the secure random source; a given id from a client is never adopted.",
  },
  {
    id: "2025-11-25/http/session-id-visible-ascii",
    level: "MUST",
    text: "A session id has only visible ASCII characters.",
    place: `${page}#session-management`,
    check:
      'Session ids are within 0x21 to 0x7E; a configured generator that gives "a b" or "ü" → an error instead of a session.',
  },
  {
    id: "2025-11-25/http/session-id-missing-400",
    level: "SHOULD",
    text: "A request without the session id that is required is answered with 400.",
    place: `${page}#session-management`,
    check:
      "A server that requires sessions: POST tools/list, GET and DELETE without Mcp-Session-Id → 400 with a JSON-RPC error.",
  },
  {
    id: "2025-11-25/http/terminated-session-404",
    level: "MUST",
    text: "A request with the id of a terminated session is answered with 404.",
    place: `${page}#session-management`,
    check:
      "POST, GET and DELETE after DELETE, after expiry, and with the id of another principal, on every machine → 404.",
  },
  {
    id: "2025-11-25/http/delete-ends-session",
    level: "MUST",
    implied: true,
    text: "DELETE ends the session, or is answered with 405.",
    place: `${page}#session-management`,
    check:
      "DELETE with the session's id → 2xx, its streams and calls end on all machines; on a server without sessions → 405.",
  },
  {
    id: "2025-11-25/http/version-header-absent",
    level: "SHOULD",
    text: "Without the version header and without other knowledge, the version is taken to be 2025-03-26.",
    place: `${page}#protocol-version-header`,
    check:
      "A request without MCP-Protocol-Version in a session → the session's version; without a session on a server that has none → 2025-03-26.",
  },
  {
    id: "2025-11-25/http/version-header-invalid",
    level: "MUST",
    text: "An invalid or unsupported version header is answered with 400.",
    place: `${page}#protocol-version-header`,
    check:
      'MCP-Protocol-Version "1.0", "latest" and "2099-01-01" on POST, GET and DELETE of a session → 400.',
  },
];
