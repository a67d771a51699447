import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const meta: readonly Requirement[] = [
  {
    id: "2026-07-28/meta/reserved-keys-not-presumed",
    level: "MUST",
    text: "Nothing is presumed about values at reserved `_meta` keys beyond what is specified.",
    place: `${page}#meta`,
    check:
      "Requests whose _meta has reserved keys unknown to this revision with values of every JSON type → served like any other, and the handler sees them unchanged.",
  },
  {
    id: "2026-07-28/meta/prefix-format",
    level: "MUST",
    text: "A prefix in a `_meta` key is labels separated by dots and ended by a slash; a label starts with a letter and ends with a letter or digit.",
    place: `${page}#meta`,
    check:
      'Definitions and results with _meta keys "1a/x", "a-/x", "a..b/x" and "/x" → refused with the key named; keys of the server\'s own follow the form.',
  },
  {
    id: "2026-07-28/meta/prefix-reverse-dns",
    level: "SHOULD",
    text: "Prefixes are reverse DNS names.",
    place: `${page}#meta`,
    check:
      "Every _meta key that the package itself writes begins with a reverse DNS prefix or is one that the specification defines.",
  },
  {
    id: "2026-07-28/meta/name-format",
    level: "MUST",
    text: "The name in a `_meta` key begins and ends with a letter or digit unless it is empty.",
    place: `${page}#meta`,
    check:
      'Definitions and results with _meta keys "com.example/-x", "x_" and "com.example/x y" → refused with the key named; "com.example/" is accepted.',
  },
  {
    id: "2026-07-28/meta/required-fields",
    level: "MUST",
    text: "A request without a required `_meta` field is rejected with -32602.",
    place: `${page}#meta`,
    check:
      "Each of no params, no _meta, no protocolVersion, no clientCapabilities, and either of the wrong type → -32602 that names the field, on HTTP and on stdio.",
  },
  {
    id: "2026-07-28/meta/required-fields-400",
    level: "MUST",
    text: "Over HTTP the rejection of a request without a required `_meta` field has status 400.",
    place: `${page}#meta`,
    check:
      "POST with modern headers and a body without clientCapabilities → 400 with a JSON-RPC error -32602.",
  },
  {
    id: "2026-07-28/meta/undeclared-capabilities-unused",
    level: "MUST",
    text: "The server does not rely on a capability that the client did not declare on this request.",
    place: `${page}#meta`,
    check:
      "For each of elicitation form, elicitation url, sampling, sampling.tools and roots: a handler asks, the client did not declare it → no such input request is sent.",
  },
  {
    id: "2026-07-28/meta/missing-capability",
    level: "MUST",
    text: "A request that needs an undeclared client capability is answered with -32021 whose `data.requiredCapabilities` lists what is missing.",
    place: `${page}#meta`,
    check:
      "A tool that elicits, called with clientCapabilities {} → -32021 with data.requiredCapabilities {elicitation: …} and nothing that was declared.",
  },
  {
    id: "2026-07-28/meta/missing-capability-400",
    level: "MUST",
    text: "Over HTTP the missing capability error has status 400.",
    place: `${page}#meta`,
    check:
      "A tool that elicits, called over HTTP with clientCapabilities {} → 400, also where the handler awaited something before it asked.",
  },
  {
    id: "2026-07-28/meta/capabilities-not-inferred",
    level: "MUST",
    text: "Capabilities are not inferred from earlier requests.",
    place: `${specification}/schema#requestmetaobject`,
    check:
      "server/discover and a call that declare sampling, then a sampling call without it from the same client → -32021.",
  },
  {
    id: "2026-07-28/meta/server-info",
    level: "SHOULD",
    text: "Every result names the server in `_meta` unless that was switched off.",
    place: `${page}#meta`,
    check:
      "The result of every method, of an input_required call and of a closed subscription has serverInfo with name and version; there is no option that switches it off.",
  },
  {
    id: "2026-07-28/meta/client-info-changes-nothing",
    level: "SHOULD",
    text: "What a client says of itself in `clientInfo` does not change the server's behaviour.",
    place: `${page}#meta`,
    check: "The same requests with three different clientInfo and with none → equal responses.",
  },
  {
    id: "2026-07-28/meta/client-info-is-no-identity",
    level: "SHOULD",
    text: "`clientInfo` is not used for security decisions.",
    place: `${page}#meta`,
    check:
      "A requestState sealed for one principal is refused to another with the same clientInfo and opens for the first with another clientInfo.",
  },
  {
    id: "2026-07-28/meta/subscription-id",
    level: "MUST",
    text: "Each notification of a `subscriptions/listen` stream carries the `subscriptionId`, equal to the id of the listen request.",
    place: `${page}#meta`,
    check:
      'Listens with ids 7 and "seven" → acknowledged, list_changed and updated carry 7 and "seven" with their JSON types.',
  },
  {
    id: "2026-07-28/meta/trace-context-format",
    level: "MUST",
    text: "`traceparent`, `tracestate` and `baggage` in `_meta` have the W3C formats.",
    place: `${page}#meta`,
    later: "observability",
    check:
      "A valid traceparent reaches the handler and the asks made of it; a malformed one is dropped and the call is served; what the server writes matches the format.",
  },
  {
    id: "2026-07-28/meta/extension-identifier",
    level: "MUST",
    text: "An extension's identifier follows the `_meta` key rules and has a prefix.",
    place: `${specification}/basic/versioning#extension-negotiation`,
    check:
      'Advertising the extensions "ui", "-a/b" and "1.x/y" → refused; "com.example/ui" appears in server/discover.',
  },
];
