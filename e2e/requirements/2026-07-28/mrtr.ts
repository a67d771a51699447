import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const mrtr: readonly Requirement[] = [
  {
    id: "2026-07-28/patterns/no-server-requests",
    level: "MUST",
    text: "The server never starts a JSON-RPC request.",
    place: `${specification}/basic/patterns`,
    check:
      "Every message to modern clients in a mixed run (asks, subscriptions, shutdown; both transports) has no method together with an id.",
  },
  {
    id: "2026-07-28/mrtr/server-requests-use-mrtr",
    level: "MUST",
    text: "What the server asks of the client (roots, sampling, elicitation) travels as an input required result.",
    place: page,
    check:
      'Handlers that elicit, sample and list roots → results with resultType "input_required" that hold the three requests.',
  },
  {
    id: "2026-07-28/mrtr/supported-requests-only",
    level: "MUST",
    text: "Only `prompts/get`, `resources/read` and `tools/call` are answered with an input required result.",
    place: `${page}#supported-requests`,
    check:
      "Completers, list providers and every other method whose code asks the client → an error, and never input_required; the three methods work.",
  },
  {
    id: "2026-07-28/mrtr/keys-unique",
    level: "MUST",
    text: "The keys of `inputRequests` are unique within the scope of the request.",
    place: `${page}#server-requirements-basic-workflow`,
    check: "A call with parallel asks and five rounds → no key stands for two different asks.",
  },
  {
    id: "2026-07-28/mrtr/values-are-requests",
    level: "MUST",
    text: "The values of `inputRequests` are `elicitation/create`, `sampling/createMessage` or `roots/list` requests.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "Every value has one of the three methods, valid params and no jsonrpc or id; there is no way to ask with another method.",
  },
  {
    id: "2026-07-28/mrtr/state-is-untrusted",
    level: "MUST",
    text: "`requestState` is treated as an attacker's input.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "Hundreds of random, truncated, oversized and non-string states → an error each, no handler runs and the process lives on.",
  },
  {
    id: "2026-07-28/mrtr/state-integrity",
    level: "MUST",
    text: "The integrity of a state that influences authorization, access or logic is protected.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "Each single changed bit of a sealed state, and a state sealed with a foreign key, does not open; its content is not readable in the text.",
  },
  {
    id: "2026-07-28/mrtr/state-rejected",
    level: "MUST",
    text: "A state that fails verification is rejected.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "A retry with a changed requestState → a JSON-RPC error without detail, and the handler does not run.",
  },
  {
    id: "2026-07-28/mrtr/state-binds-principal",
    level: "SHOULD",
    text: "A state is bound to the authenticated principal and rejected from any other.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "The state of alice presented by bob, by alice of another tenant and without authentication → rejected; by alice → accepted.",
  },
  {
    id: "2026-07-28/mrtr/state-expires",
    level: "SHOULD",
    text: "A state has a short expiry and is rejected after it.",
    place: `${page}#server-requirements-basic-workflow`,
    check: "A fake clock past the expiry → rejected; just before it → accepted.",
  },
  {
    id: "2026-07-28/mrtr/state-binds-request",
    level: "SHOULD",
    text: "A state is bound to its request (method and digest of the parameters) and rejected on another.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "The state of one tool presented on another tool, on other arguments and on prompts/get → rejected; with the arguments' keys in another order → accepted.",
  },
  {
    id: "2026-07-28/mrtr/state-single-use",
    level: "MUST",
    text: "Where a state must be used at most once, the server itself enforces that.",
    place: `${page}#server-requirements-basic-workflow`,
    bindsAuthor: true,
    reason:
      "Only the author knows which call redeems something. The runtime keeps nothing of a suspended call that could be used up, so the handler makes the redemption itself happen once, by a unique key in its own store.",
  },
  {
    id: "2026-07-28/mrtr/requests-or-state",
    level: "MUST",
    text: "An input required result has `inputRequests`, `requestState` or both.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "Every input_required result of the suite has at least one; a handler that suspends without asking → an error instead of an empty result.",
  },
  {
    id: "2026-07-28/mrtr/undeclared-requests-not-sent",
    level: "MUST",
    text: "No input request is sent for which the client has not declared support.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "Parallel asks for elicitation and sampling, the client declares only sampling → no elicitation/create in inputRequests and -32021 for what is missing.",
  },
  {
    id: "2026-07-28/mrtr/no-retry-assumed",
    level: "MUST",
    text: "The server does not assume that the client answers or retries.",
    place: `${page}#server-requirements-basic-workflow`,
    check:
      "Hundreds of calls that end as input_required and are never retried → every handler was unwound, and no store entry, timer or stream remains of them.",
  },
  {
    id: "2026-07-28/mrtr/responses-validated",
    level: "SHOULD",
    text: "`inputResponses` are checked to be valid and parseable.",
    place: `${page}#error-handling`,
    check:
      'inputResponses as an array, an answer without action, with action "yes", a sampling answer without role → an error that names the key, and the handler does not see them.',
  },
  {
    id: "2026-07-28/mrtr/protocol-errors",
    level: "SHOULD",
    text: "Malformed JSON, invalid schemas and internal errors are answered with a JSON-RPC error of a fitting code.",
    place: `${page}#error-handling`,
    check:
      'Malformed JSON → -32700, inputResponses "x" → -32602, a handler that throws after the retry → -32603.',
  },
  {
    id: "2026-07-28/mrtr/unexpected-responses-ignored",
    level: "SHOULD",
    text: "What is not needed or not known in `inputResponses` is ignored.",
    place: `${page}#error-handling`,
    check: "A retry with the asked key and two unknown keys → the same result as without them.",
  },
  {
    id: "2026-07-28/mrtr/missing-responses-asked-again",
    level: "SHOULD",
    text: "Missing answers are asked for again with a new input required result instead of an error.",
    place: `${page}#error-handling`,
    check:
      "Two asks, a retry that answers one → input_required with the other only; the next retry completes, and the first answer is not lost.",
  },
];
