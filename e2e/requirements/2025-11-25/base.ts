import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic";
const specification = "https://modelcontextprotocol.io/specification/2025-11-25";

export const base: readonly Requirement[] = [
  {
    id: "2025-11-25/base/supported-parts",
    level: "MUST",
    text: "Every server supports the base protocol and the lifecycle, whatever else it leaves out.",
    place: page,
    check:
      "A server with one tool and no options completes initialize, notifications/initialized, ping and a tools/call.",
  },
  {
    id: "2025-11-25/json-rpc/messages-follow-json-rpc",
    level: "MUST",
    text: "Every message that the server sends is a JSON-RPC 2.0 message of the revision's schema.",
    place: `${page}#messages`,
    check:
      'Every message of a long mixed run (results, errors, notifications, asks; both transports) is valid against the revision\'s schema.json and has jsonrpc "2.0".',
  },
  {
    id: "2025-11-25/json-rpc/invalid-json",
    level: "MUST",
    implied: true,
    text: "Text that is not JSON is answered with a parse error, -32700.",
    place: `${specification}/schema#jsonrpcerrorresponse`,
    check:
      'POST "{" and a stdio line "{" → error -32700 without an id; the next message on the same connection is served.',
  },
  {
    id: "2025-11-25/json-rpc/invalid-request",
    level: "MUST",
    implied: true,
    text: "JSON that is not a message of JSON-RPC 2.0 is answered with an invalid request error, -32600.",
    place: `${specification}/schema#jsonrpcrequest`,
    check:
      'Each of: no jsonrpc, jsonrpc "1.0", method 7, id null, id 1.5, id {}, params "x", an empty array → -32600 and no handler runs.',
  },
  {
    id: "2025-11-25/json-rpc/unknown-method",
    level: "MUST",
    implied: true,
    text: "A method that the server does not implement, or whose capability it did not declare, is answered with -32601.",
    place: `${specification}/basic/lifecycle#capability-negotiation`,
    check: '"no/such" and prompts/list on a server without prompts → -32601 with the request\'s id.',
  },
  {
    id: "2025-11-25/json-rpc/request-id",
    level: "MUST",
    text: "Each request that the server sends has a string or an integer as its id.",
    place: `${page}#requests`,
    check:
      "Every elicitation/create, sampling/createMessage, roots/list and ping that reaches the client has an id of type string or integer.",
  },
  {
    id: "2025-11-25/json-rpc/request-id-not-null",
    level: "MUST",
    text: "The id of a request that the server sends is never null.",
    place: `${page}#requests`,
    check:
      "No request among 1,000 that reach the client has id null, and a client's request with id null → -32600.",
  },
  {
    id: "2025-11-25/json-rpc/request-id-not-reused",
    level: "MUST",
    text: "The server never uses a request id twice in one session.",
    place: `${page}#requests`,
    check: "1,000 asks of one session, made from two processes over one store, have 1,000 different ids.",
  },
  {
    id: "2025-11-25/json-rpc/response-same-id",
    level: "MUST",
    text: "A result carries the id of its request.",
    place: `${page}#result-responses`,
    check:
      'Requests with the ids 0, -1, 9007199254740991, "", "1" and "ü" → results with the same id of the same JSON type.',
  },
  {
    id: "2025-11-25/json-rpc/response-has-result",
    level: "MUST",
    text: "A successful response has a `result`.",
    place: `${page}#result-responses`,
    check:
      "A handler that returns nothing, and every method of the method table → a response whose own property `result` is an object.",
  },
  {
    id: "2025-11-25/json-rpc/error-same-id",
    level: "MUST",
    text: "An error carries the id of its request, except where the id could not be read.",
    place: `${page}#error-responses`,
    check: 'Errors for ids 7 and "a" carry them with their type; the error for unreadable JSON has no id.',
  },
  {
    id: "2025-11-25/json-rpc/error-code-and-message",
    level: "MUST",
    text: "An error response has an `error` with a `code` and a `message`.",
    place: `${page}#error-responses`,
    check:
      'Every error that the suite can provoke, also from a handler that throws undefined or "", has a code and a non-empty message.',
  },
  {
    id: "2025-11-25/json-rpc/error-code-integer",
    level: "MUST",
    text: "Error codes are integers.",
    place: `${page}#error-responses`,
    check: 'Handlers that throw errors with code 1.5, "ENOENT" and NaN → the code on the wire is an integer.',
  },
  {
    id: "2025-11-25/json-rpc/error-message-concise",
    level: "SHOULD",
    text: "The message of an error is one concise sentence.",
    place: `${specification}/schema#error`,
    check:
      "Every error message that the suite can provoke is a single line of at most one sentence; further detail is in `data`.",
  },
  {
    id: "2025-11-25/json-rpc/notification-not-answered",
    level: "MUST",
    text: "A notification is never answered with a JSON-RPC response.",
    place: `${page}#notifications`,
    check:
      "Known, unknown and malformed notifications → nothing on stdout; over HTTP no body that is a response to them.",
  },
  {
    id: "2025-11-25/json-rpc/notification-without-id",
    level: "MUST",
    text: "A notification that the server sends has no id.",
    place: `${page}#notifications`,
    check:
      "No progress, log, list_changed, updated, acknowledged or cancelled notification of a mixed run has the property `id`.",
  },
];
