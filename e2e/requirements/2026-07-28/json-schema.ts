import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic";

export const jsonSchema: readonly Requirement[] = [
  {
    id: "2026-07-28/json-schema/2020-12",
    level: "MUST",
    text: "A schema without `$schema` is read as JSON Schema 2020-12.",
    place: `${page}#implementation-requirements`,
    check:
      "A tool whose schema uses prefixItems, $defs, dependentRequired and unevaluatedProperties accepts and refuses arguments as 2020-12 says.",
  },
  {
    id: "2026-07-28/json-schema/by-dialect",
    level: "MUST",
    text: "A schema is validated by the dialect that it declares, or the default one.",
    place: `${page}#implementation-requirements`,
    check:
      "A draft-07 schema with `items` as a tuple and `definitions` accepts and refuses as draft-07 says, where the same text without $schema does not.",
  },
  {
    id: "2026-07-28/json-schema/unsupported-dialect",
    level: "MUST",
    text: "A dialect that is not supported leads to an error that says so.",
    place: `${page}#implementation-requirements`,
    check:
      'A tool with $schema "https://example.com/dialect" → the registration throws an error that names the dialect and the supported ones.',
  },
  {
    id: "2026-07-28/json-schema/dialects-documented",
    level: "SHOULD",
    text: "The dialects that the server supports beyond 2020-12 are documented.",
    place: `${page}#schema-dialect`,
    check: "The dialects named in the documentation are exactly those of the validator's table.",
  },
  {
    id: "2026-07-28/json-schema/2020-12-recommended",
    level: "SHOULD",
    text: "JSON Schema 2020-12 is the dialect to use.",
    place: `${page}#schema-dialect`,
    check:
      "The schemas made from zod, valibot and arktype are valid against the 2020-12 meta-schema and declare no other dialect in tools/list.",
  },
  {
    id: "2026-07-28/json-schema/schemas-valid",
    level: "MUST",
    text: "A schema is valid by its own dialect.",
    place: `${page}#schema-validation`,
    check:
      'Tools with {type: "objekt"}, {minimum: "1"} and {required: "a"} → the registration throws and names the keyword.',
  },
  {
    id: "2026-07-28/json-schema/no-network-ref",
    level: "MUST",
    text: "A `$ref` to a network address is never fetched by itself.",
    place: `${page}#ref-resolution`,
    check:
      "inputSchema, outputSchema and an elicitation's schema with a $ref to a listening local port → the port sees no connection at registration, listing or call.",
  },
  {
    id: "2026-07-28/json-schema/external-ref-off-by-default",
    level: "MUST",
    text: "A mode that fetches outside `$ref`s, where there is one, is off by default.",
    place: `${page}#ref-resolution`,
    check:
      "A server with every option at its default and a $ref to a listening port → no connection; no option of the public face turns fetching on.",
  },
  {
    id: "2026-07-28/json-schema/external-ref-guarded",
    level: "SHOULD",
    text: "A mode that fetches outside `$ref`s has an allowlist of hosts or refuses private addresses, has limits, and logs what it fetched.",
    place: `${page}#ref-resolution`,
    check:
      "With every documented option set, a $ref to a loopback, link-local or private address → no connection.",
  },
  {
    id: "2026-07-28/json-schema/unresolved-ref-rejected",
    level: "SHOULD",
    text: "A schema with an outside `$ref` that is not resolved is rejected instead of accepting everything.",
    place: `${page}#ref-resolution`,
    check:
      "A tool, a prompt and a form whose schema has an unresolved outside $ref → the registration, or the question, throws.",
  },
  {
    id: "2026-07-28/json-schema/bounded",
    level: "SHOULD",
    text: "The depth, the number of subschemas or the time of a validation is bounded.",
    place: `${page}#composition-keyword-resource-use`,
    check:
      "A schema nested past the documented depth and one with more subschemas than the bound → refused with the bound named; a value of 10,000 levels is refused without a stack overflow.",
  },
];
