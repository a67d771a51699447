import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic";

export const jsonSchema: readonly Requirement[] = [
  {
    id: "2025-11-25/json-schema/2020-12",
    level: "MUST",
    text: "A schema without `$schema` is read as JSON Schema 2020-12.",
    place: `${page}#implementation-requirements`,
    check:
      "A tool whose schema uses prefixItems, $defs, dependentRequired and unevaluatedProperties accepts and refuses arguments as 2020-12 says.",
  },
  {
    id: "2025-11-25/json-schema/by-dialect",
    level: "MUST",
    text: "A schema is validated by the dialect that it declares, or the default one.",
    place: `${page}#implementation-requirements`,
    check:
      "A draft-07 schema with `items` as a tuple and `definitions` accepts and refuses as draft-07 says, where the same text without $schema does not.",
  },
  {
    id: "2025-11-25/json-schema/unsupported-dialect",
    level: "MUST",
    text: "A dialect that is not supported leads to an error that says so.",
    place: `${page}#implementation-requirements`,
    check:
      'A tool with $schema "https://example.com/dialect" → the registration throws an error that names the dialect and the supported ones.',
  },
  {
    id: "2025-11-25/json-schema/dialects-documented",
    level: "SHOULD",
    text: "The dialects that the server supports beyond 2020-12 are documented.",
    place: `${page}#schema-dialect`,
    check: "The dialects named in the documentation are exactly those of the validator's table.",
  },
  {
    id: "2025-11-25/json-schema/2020-12-recommended",
    level: "SHOULD",
    text: "JSON Schema 2020-12 is the dialect to use.",
    place: `${page}#schema-dialect`,
    check:
      "The schemas made from zod, valibot and arktype are valid against the 2020-12 meta-schema and declare no other dialect in tools/list.",
  },
  {
    id: "2025-11-25/json-schema/schemas-valid",
    level: "MUST",
    text: "A schema is valid by its own dialect.",
    place: `${page}#schema-validation`,
    check:
      'Tools with {type: "objekt"}, {minimum: "1"} and {required: "a"} → the registration throws and names the keyword.',
  },
];
