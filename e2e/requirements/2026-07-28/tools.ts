import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/server/tools";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const tools: readonly Requirement[] = [
  {
    id: "2026-07-28/tools/capability-declared",
    level: "MUST",
    text: "A server with tools declares the `tools` capability.",
    place: `${page}#capabilities`,
    check:
      "A server with one tool, and one with a provider of tools → declared at initialize or server/discover; without any → not.",
  },
  {
    id: "2026-07-28/tools/list-answered",
    level: "MUST",
    text: "`tools/list` is answered with the tools available to the client.",
    place: `${page}#capabilities`,
    check: "A server whose last tool was removed, capability still declared → an empty list, not an error.",
  },
  {
    id: "2026-07-28/tools/list-independent-of-connection",
    level: "MUST",
    text: "The list does not vary by connection or as a side effect of other requests.",
    place: `${page}#capabilities`,
    check:
      "The list on ten connections, on two machines, before and after calls → equal bytes; with another principal it may differ.",
  },
  {
    id: "2026-07-28/tools/deterministic-order",
    level: "SHOULD",
    text: "Tools are listed in a deterministic order.",
    place: `${page}#capabilities`,
    check:
      "The list of two processes, of a restart, and after a tool was removed and added again → the same order; also over several providers that answer at different speeds.",
  },
  {
    id: "2026-07-28/tools/list-changed",
    level: "SHOULD",
    text: "A change of the list is notified where `listChanged` was declared.",
    place: `${page}#list-changed-notification`,
    check:
      "Adding, removing and changing a tool while serving → one notifications/tools/list_changed for each listener, also on another machine.",
  },
  {
    id: "2026-07-28/tools/input-schema-is-object",
    level: "MUST",
    text: "`inputSchema` is a valid JSON Schema object and not null.",
    place: `${page}#tool`,
    check:
      'Tools with inputSchema null, "x", [] and {type: "string"} → the registration throws; every listed tool has type "object".',
  },
  {
    id: "2026-07-28/tools/no-parameters",
    level: "SHOULD",
    implied: true,
    text: "A tool without parameters has the schema of empty objects.",
    place: `${page}#tool`,
    check: 'A tool without inputSchema is listed with {type: "object", additionalProperties: false}.',
  },
  {
    id: "2026-07-28/tools/name-length",
    level: "SHOULD",
    text: "A tool's name has 1 to 128 characters.",
    place: `${page}#tool-names`,
    check:
      "Names of 0 and 129 characters → the registration throws or warns as documented; 1 and 128 → silent.",
  },
  {
    id: "2026-07-28/tools/name-case-sensitive",
    level: "SHOULD",
    text: "Names of tools are case-sensitive.",
    place: `${page}#tool-names`,
    check: '"getUser" and "getuser" are two tools; a call of "GETUSER" → unknown tool.',
  },
  {
    id: "2026-07-28/tools/name-characters",
    level: "SHOULD",
    text: "Names of tools have only A-Z, a-z, 0-9, underscore, hyphen and dot.",
    place: `${page}#tool-names`,
    check: '"ä", "a/b", "a@b" → the registration throws or warns as documented; "A.b-c_9" → silent.',
  },
  {
    id: "2026-07-28/tools/name-without-spaces",
    level: "SHOULD",
    text: "Names of tools have no spaces, commas or other special characters.",
    place: `${page}#tool-names`,
    check: '"get user", "a,b", "a\\n" → the registration throws or warns as documented.',
  },
  {
    id: "2026-07-28/tools/name-unique",
    level: "SHOULD",
    text: "Names of tools are unique within a server.",
    place: `${page}#tool-names`,
    check:
      "The same name twice in a registry → the registration throws; the list never has a name twice, also with providers.",
  },
  {
    id: "2026-07-28/tools/aggregation-disambiguated",
    level: "SHOULD",
    text: "Whoever aggregates the tools of several servers has a strategy against equal names.",
    place: `${page}#tool-names`,
    check:
      'Mounted servers with a tool "search" each, with prefix and suffix → each name in the list calls its own; without → the earlier one stands, and a warning names the other and the remedy.',
  },
  {
    id: "2026-07-28/tools/aggregation-not-by-server-name",
    level: "SHOULD",
    text: "The name of a server is not relied upon to tell its tools apart.",
    place: `${page}#tool-names`,
    check:
      "Two mounted servers with the same serverInfo name → their tools stay apart by the prefix that was given.",
  },
  {
    id: "2026-07-28/tools/embedded-resources-need-resources",
    level: "SHOULD",
    text: "A server that embeds resources in results implements the `resources` capability.",
    place: `${page}#embedded-resources`,
    bindsAuthor: true,
    reason:
      "What a handler will embed is not known when capabilities are declared, and only the author can offer the same as a readable resource.",
  },
  {
    id: "2026-07-28/tools/structured-content-as-text",
    level: "SHOULD",
    text: "Structured content is also returned as serialised JSON in a text block.",
    place: `${page}#structured-content`,
    check:
      "A handler that returns an object, and in 2026-07-28 an array, a number and null → structuredContent and a text block whose JSON is equal.",
  },
  {
    id: "2026-07-28/tools/output-conforms",
    level: "MUST",
    text: "With an output schema the structured result conforms to it.",
    place: `${page}#output-schema`,
    check:
      "A handler whose result breaks outputSchema, and one that returns text only → an error and no such result; an isError result needs none.",
  },
  {
    id: "2026-07-28/tools/errors-in-result",
    level: "SHOULD",
    text: "Errors that originate from the tool are results with `isError`, not protocol errors.",
    place: `${specification}/schema#calltoolresult`,
    check: "A handler that throws a ToolError → a result with isError true and the text; no error response.",
  },
  {
    id: "2026-07-28/tools/unknown-tool",
    level: "MUST",
    implied: true,
    text: "An unknown tool is a protocol error, -32602.",
    place: `${page}#error-handling`,
    check: 'tools/call of "nope", "" and "constructor" → an error response -32602 that names the tool.',
  },
  {
    id: "2026-07-28/tools/malformed-call",
    level: "MUST",
    implied: true,
    text: "A call that is not a valid `tools/call` request is a protocol error, -32602.",
    place: `${page}#error-handling`,
    check: 'name 7, no name, arguments [] and arguments "x" → an error response -32602.',
  },
  {
    id: "2026-07-28/tools/invalid-arguments-in-result",
    level: "MUST",
    implied: true,
    text: "Arguments that the tool's schema refuses are a tool execution error, so that the model can correct itself.",
    place: `${page}#error-handling`,
    check:
      "A call with a missing, a wrong and an unknown argument → a result with isError true that names each path and what was expected.",
  },
  {
    id: "2026-07-28/tools/inputs-validated",
    level: "MUST",
    text: "All inputs of tools are validated.",
    place: `${page}#security-considerations`,
    check:
      "Arguments against the schema, also from a schema given as plain JSON and for a tool without parameters → the handler does not run.",
  },
  {
    id: "2026-07-28/tools/access-controlled",
    level: "MUST",
    text: "Tools have proper access controls.",
    place: `${page}#security-considerations`,
    check:
      "A tool that needs a scope: without it absent from the list and unknown on call; with it → both; a middleware can refuse by principal and arguments.",
  },
  {
    id: "2026-07-28/tools/rate-limited",
    level: "MUST",
    text: "Invocations of tools are limited in rate.",
    place: `${page}#security-considerations`,
    check:
      "Calls past the limit of a principal → refused with a clear error and a time to wait, also when they go to two machines; another principal is served.",
  },
  {
    id: "2026-07-28/tools/outputs-sanitised",
    level: "MUST",
    text: "Outputs of tools are sanitised.",
    place: `${page}#security-considerations`,
    check:
      'A handler that throws an error with a password and a path in it → "Internal error" with a reference only; a result with unknown content types, malformed blocks, or what JSON cannot hold → the same.',
  },
  {
    id: "2026-07-28/tools/annotation-last-modified",
    level: "SHOULD",
    implied: true,
    text: "`lastModified` of annotations is an ISO 8601 date.",
    place: `${specification}/schema#annotations`,
    check:
      'Definitions with lastModified "yesterday" → the registration throws; a Date is written as ISO 8601.',
  },
];
