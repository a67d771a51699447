import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const headers: readonly Requirement[] = [
  {
    id: "2026-07-28/headers/standard-required",
    level: "MUST",
    text: "`Mcp-Method` on all requests, and `Mcp-Name` on tools/call, resources/read and prompts/get, are required.",
    place: `${page}#standard-request-headers`,
    check:
      "Each of the methods without Mcp-Method, and the three without Mcp-Name → 400 with -32020; tools/list without Mcp-Name → served.",
  },
  {
    id: "2026-07-28/headers/mismatch-rejected",
    level: "MUST",
    text: "A request whose headers differ from its body is rejected.",
    place: `${page}#server-validation`,
    check:
      'Mcp-Method "tools/list" with body tools/call, Mcp-Name of another tool, URI or prompt, and either header given twice → refused, and no handler runs.',
  },
  {
    id: "2026-07-28/headers/rejection-400",
    level: "MUST",
    text: "A failed header validation has status 400.",
    place: `${page}#server-validation`,
    check: "Each condition (missing, mismatch, invalid characters) for each of the headers → 400.",
  },
  {
    id: "2026-07-28/headers/rejection-error",
    level: "MUST",
    text: "A failed header validation has a JSON-RPC error with code -32020.",
    place: `${page}#server-validation`,
    check:
      "Each condition (missing, mismatch, invalid characters) for each of the headers → a JSON body with error.code -32020 and the request's id.",
  },
  {
    id: "2026-07-28/headers/names-case-insensitive",
    level: "MUST",
    text: "Header names are compared without regard to case.",
    place: `${page}#case-sensitivity`,
    check:
      'mcp-method, MCP-METHOD and Mcp-Method; mcp-param-REGION for x-mcp-header "Region" → served; the value "TOOLS/CALL" → 400.',
  },
  {
    id: "2026-07-28/headers/encoded-values-decoded",
    level: "MUST",
    text: "Values in the Base64 sentinel form are decoded before they are compared.",
    place: `${page}#value-encoding`,
    check:
      'Each example of the table, as Mcp-Name and as Mcp-Param-* → served; "=?BASE64?…?=" is taken literally and mismatches.',
  },
  {
    id: "2026-07-28/headers/invalid-characters-rejected",
    level: "MUST",
    text: "A recognised `Mcp-Param-*` header with invalid characters is rejected.",
    place: `${page}#server-behavior-for-custom-headers`,
    check:
      "Mcp-Param-Region with a byte over 0x7E, with a control character, and as a sentinel with bad Base64 or bad UTF-8 → 400 with -32020.",
  },
  {
    id: "2026-07-28/headers/params-validated",
    level: "MUST",
    text: "`Mcp-Param-*` values, decoded, match the values in the body.",
    place: `${page}#server-behavior-for-custom-headers`,
    check:
      "String, integer, boolean and nested parameters with a right and a wrong header value → served and refused.",
  },
  {
    id: "2026-07-28/headers/params-rejection",
    level: "MUST",
    text: "A failed validation of custom headers has status 400 and code -32020.",
    place: `${page}#server-behavior-for-custom-headers`,
    check: "A wrong value, a missing header and a header for an argument that is absent → 400 with -32020.",
  },
  {
    id: "2026-07-28/headers/null-param-without-header",
    level: "MUST",
    text: "No header is expected for a parameter that is null.",
    place: `${page}#server-behavior-for-custom-headers`,
    check: "arguments {region: null} without Mcp-Param-Region → served.",
  },
  {
    id: "2026-07-28/headers/absent-param-without-header",
    level: "MUST",
    text: "No header is expected for a parameter that is not in the arguments.",
    place: `${page}#server-behavior-for-custom-headers`,
    check: "arguments {} and a call without arguments, without Mcp-Param-Region → served.",
  },
  {
    id: "2026-07-28/headers/missing-param-header-rejected",
    level: "MUST",
    text: "A value in the body without its header is rejected.",
    place: `${page}#server-behavior-for-custom-headers`,
    check: 'arguments {region: "us-west1"} without Mcp-Param-Region → 400 with -32020; on stdio → served.',
  },
  {
    id: "2026-07-28/headers/integers-compared-numerically",
    level: "SHOULD",
    text: "Integer parameters are compared as numbers.",
    place: `${page}#server-validation`,
    check: 'Mcp-Param-Count "42.0" and "42" with the body\'s 42 → served; "43" and "0x2a" → 400.',
  },
  {
    id: "2026-07-28/headers/annotation-not-empty",
    level: "MUST",
    text: "An `x-mcp-header` value is not empty.",
    place: `${page}#schema-extension`,
    check: 'A tool with x-mcp-header "" → the registration throws.',
  },
  {
    id: "2026-07-28/headers/annotation-is-token",
    level: "MUST",
    text: "An `x-mcp-header` value is an HTTP field name token.",
    place: `${page}#schema-extension`,
    check: '"a b", "a:b", "a/b", "ü" and 7 → the registration throws; "X_1.~!" is accepted.',
  },
  {
    id: "2026-07-28/headers/annotation-without-control-characters",
    level: "MUST",
    text: "An `x-mcp-header` value has no control characters.",
    place: `${page}#schema-extension`,
    check: '"A\\r\\nB", "A\\nB", "A\\tB" and "A\\u0000" → the registration throws.',
  },
  {
    id: "2026-07-28/headers/annotation-unique",
    level: "MUST",
    text: "The `x-mcp-header` values of a tool are unique without regard to case.",
    place: `${page}#schema-extension`,
    check:
      '"Region" and "REGION" on two properties, also of different depth → the registration throws and names both.',
  },
  {
    id: "2026-07-28/headers/annotation-on-primitives",
    level: "MUST",
    text: "`x-mcp-header` is on string, integer and boolean properties only.",
    place: `${page}#schema-extension`,
    check:
      'On number, object, array, null, ["string", "null"] or no type → the registration throws; the three types are accepted.',
  },
  {
    id: "2026-07-28/headers/annotated-integers-safe",
    level: "MUST",
    text: "The value of an annotated integer lies within the safe integers.",
    place: `${page}#schema-extension`,
    check:
      "A call with 9007199254740992 or -9007199254740992 for an annotated integer → refused; with ±9007199254740991 → served.",
  },
  {
    id: "2026-07-28/headers/annotation-reachable",
    level: "MUST",
    text: "An annotated property is reached from the root through `properties` only.",
    place: `${page}#schema-extension`,
    check:
      "Below items, prefixItems, oneOf, anyOf, allOf, not, if, then, else, $defs with $ref, additionalProperties, patternProperties → the registration throws; three nested properties → accepted.",
  },
  {
    id: "2026-07-28/headers/annotation-not-sensitive",
    level: "SHOULD",
    text: "Sensitive parameters are not marked with `x-mcp-header`.",
    place: `${specification}/server/tools#x-mcp-header`,
    bindsAuthor: true,
    reason: "Which parameter is sensitive only the author of the tool knows.",
  },
];
