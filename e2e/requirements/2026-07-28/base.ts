import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const base: readonly Requirement[] = [
  {
    id: "2026-07-28/base/supported-parts",
    level: "MUST",
    text: "Every server supports the base protocol, versioning and the message patterns, whatever else it leaves out.",
    place: page,
    check:
      "A server with one tool and no options answers server/discover, a tools/call, an input_required round trip and a subscriptions/listen.",
  },
  {
    id: "2026-07-28/json-rpc/messages-follow-json-rpc",
    level: "MUST",
    text: "Every message that the server sends is a JSON-RPC 2.0 message of the revision's schema.",
    place: `${page}#messages`,
    check:
      'Every message of a long mixed run (results, errors, notifications, asks; both transports) is valid against the revision\'s schema.json and has jsonrpc "2.0".',
  },
  {
    id: "2026-07-28/json-rpc/invalid-json",
    level: "MUST",
    implied: true,
    text: "Text that is not JSON is answered with a parse error, -32700.",
    place: `${specification}/schema#parseerror`,
    check:
      'POST "{" and a stdio line "{" → error -32700 without an id; the next message on the same connection is served.',
  },
  {
    id: "2026-07-28/json-rpc/invalid-request",
    level: "MUST",
    implied: true,
    text: "JSON that is not a message of JSON-RPC 2.0 is answered with an invalid request error, -32600.",
    place: `${specification}/schema#invalidrequesterror`,
    check:
      'Each of: no jsonrpc, jsonrpc "1.0", method 7, id null, id 1.5, id {}, params "x", an empty array → -32600 and no handler runs.',
  },
  {
    id: "2026-07-28/json-rpc/unknown-method",
    level: "MUST",
    implied: true,
    text: "A method that the server does not implement, or whose capability it did not declare, is answered with -32601.",
    place: `${specification}/schema#methodnotfounderror`,
    check: '"no/such" and prompts/list on a server without prompts → -32601 with the request\'s id.',
  },
  {
    id: "2026-07-28/json-rpc/response-same-id",
    level: "MUST",
    text: "A result carries the id of its request.",
    place: `${page}#result-responses`,
    check:
      'Requests with the ids 0, -1, 9007199254740991, "", "1" and "ü" → results with the same id of the same JSON type.',
  },
  {
    id: "2026-07-28/json-rpc/response-has-result",
    level: "MUST",
    text: "A successful response has a `result`.",
    place: `${page}#result-responses`,
    check:
      "A handler that returns nothing, and every method of the method table → a response whose own property `result` is an object.",
  },
  {
    id: "2026-07-28/json-rpc/result-type",
    level: "MUST",
    text: "Every result has a `resultType`.",
    place: `${page}#result-responses`,
    check:
      "The result of every method (also of a handler that sets none, of an input_required call and of a closed subscription) has resultType.",
  },
  {
    id: "2026-07-28/json-rpc/result-type-values",
    level: "MUST",
    text: 'Only "complete", "input_required" and the values of advertised extensions are used as `resultType`.',
    place: `${page}#resulttype`,
    check:
      'A handler whose result sets resultType "bogus" → the client receives "complete" or an error, never "bogus"; an extension\'s value appears only with the extension advertised.',
  },
  {
    id: "2026-07-28/json-rpc/error-same-id",
    level: "MUST",
    text: "An error carries the id of its request, except where the id could not be read.",
    place: `${page}#error-responses`,
    check: 'Errors for ids 7 and "a" carry them with their type; the error for unreadable JSON has no id.',
  },
  {
    id: "2026-07-28/json-rpc/error-code-and-message",
    level: "MUST",
    text: "An error response has an `error` with a `code` and a `message`.",
    place: `${page}#error-responses`,
    check:
      'Every error that the suite can provoke, also from a handler that throws undefined or "", has a code and a non-empty message.',
  },
  {
    id: "2026-07-28/json-rpc/error-code-integer",
    level: "MUST",
    text: "Error codes are integers.",
    place: `${page}#error-responses`,
    check: 'Handlers that throw errors with code 1.5, "ENOENT" and NaN → the code on the wire is an integer.',
  },
  {
    id: "2026-07-28/json-rpc/error-message-concise",
    level: "SHOULD",
    text: "The message of an error is one concise sentence.",
    place: `${specification}/schema#error`,
    check:
      "Every error message that the suite can provoke is a single line of at most one sentence; further detail is in `data`.",
  },
  {
    id: "2026-07-28/json-rpc/notification-not-answered",
    level: "MUST",
    text: "A notification is never answered with a JSON-RPC response.",
    place: `${page}#notifications`,
    check:
      "Known, unknown and malformed notifications → nothing on stdout; over HTTP no body that is a response to them.",
  },
  {
    id: "2026-07-28/json-rpc/notification-without-id",
    level: "MUST",
    text: "A notification that the server sends has no id.",
    place: `${page}#notifications`,
    check:
      "No progress, log, list_changed, updated, acknowledged or cancelled notification of a mixed run has the property `id`.",
  },
  {
    id: "2026-07-28/errors/legacy-range-not-allocated",
    level: "MUST",
    text: "No new error code is allocated from -32000 to -32019.",
    place: `${page}#error-codes`,
    check:
      "The error table of the package has no code of the range but -32002, which earlier revisions define; a handler's protocol error with code -32010 reaches the client as -32603, and the log says so.",
  },
  {
    id: "2026-07-28/errors/legacy-range-not-used",
    level: "SHOULD",
    text: "Codes from -32000 to -32019 are not used at all.",
    place: `${page}#error-codes`,
    check:
      "No modern response of the whole suite carries a code of the range (a recorder on the client's side asserts it).",
  },
  {
    id: "2026-07-28/errors/reserved-range-only-defined",
    level: "MUST",
    text: "From -32020 to -32099 only the codes that the specification defines are sent.",
    place: `${page}#error-codes`,
    check:
      "A handler that throws a protocol error with code -32050 → the client receives -32603, and -32050 never.",
  },
  {
    id: "2026-07-28/errors/defined-codes-keep-their-meaning",
    level: "MUST",
    text: "-32020, -32021 and -32022 are sent only for header mismatch, missing client capability and unsupported version.",
    place: `${page}#error-codes`,
    check:
      "A handler that throws a protocol error with code -32020 → the client receives -32603; each defined code comes only from its cause.",
  },
  {
    id: "2026-07-28/errors/no-resource-not-found-code",
    level: "MUST",
    text: "-32002 of earlier revisions is not sent.",
    place: `${page}#error-codes`,
    check:
      "resources/read of an unknown URI and a handler that throws code -32002 → never -32002 to a modern client.",
  },
  {
    id: "2026-07-28/errors/no-url-elicitation-required-code",
    level: "MUST",
    text: "-32042 of 2025-11-25 is not sent.",
    place: `${page}#error-codes`,
    check: "A tool that requires URL elicitation → input_required to a modern client, and never -32042.",
  },
  {
    id: "2026-07-28/errors/own-codes-outside-reserved",
    level: "SHOULD",
    text: "Error codes for purposes of one's own lie outside -32768 to -32000.",
    place: `${page}#error-codes`,
    check:
      "A handler's protocol error with code 4001 reaches the client as 4001; the package's own codes lie outside the range or are defined ones.",
  },
  {
    id: "2026-07-28/stateless/no-reliance-on-connection",
    level: "MUST",
    text: "A request is understood without anything that earlier requests on its connection said.",
    place: `${page}#statelessness`,
    check:
      "On one connection and one stdio process: a call that declares elicitation, then one that does not → the second is refused with -32021; a request without _meta after one with it → -32602.",
  },
  {
    id: "2026-07-28/stateless/many-conversations",
    level: "SHOULD",
    text: "Requests of several tasks or conversations may arrive on one connection.",
    place: `${page}#statelessness`,
    check:
      "Interleaved calls of two clients on one stdio process and one keep-alive connection → each gets its own answer, progress and log.",
  },
  {
    id: "2026-07-28/stateless/any-connection",
    level: "SHOULD",
    text: "Related operations do not need the same connection or process.",
    place: `${page}#statelessness`,
    check:
      "Call and retry with inputResponses over two connections to two servers with one key ring → the call completes; with another ring → refused.",
  },
  {
    id: "2026-07-28/stateless/explicit-identifiers",
    level: "MUST",
    text: "State that spans requests is reached only through an identifier that the client passes on each of them.",
    place: `${page}#statelessness`,
    check:
      "A retry without its requestState on the same connection starts anew; with it, on another process, it goes on.",
  },
];
