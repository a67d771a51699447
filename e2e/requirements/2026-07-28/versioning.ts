import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const versioning: readonly Requirement[] = [
  {
    id: "2026-07-28/versioning/unsupported-version",
    level: "MUST",
    text: "A request in a version that the server does not implement is answered with -32022 that lists the supported versions.",
    place: `${page}#protocol-version-negotiation`,
    check:
      'protocolVersion "1900-01-01", and one switched off by option → -32022 with data.supported and data.requested, on HTTP and on stdio.',
  },
  {
    id: "2026-07-28/versioning/extension-fallback",
    level: "MUST",
    text: "Towards a client without an extension the server falls back to the core protocol or rejects the request with an error.",
    place: `${page}#extension-negotiation`,
    check:
      "A method of an extension called by a client that did not declare it → an error that names the extension; a tool that uses the extension answers with a core result.",
  },
  {
    id: "2026-07-28/versioning/modern-only-names-versions",
    level: "SHOULD",
    text: "A server without legacy versions names the versions it supports in any error it returns to `initialize`.",
    place: `${page}#backward-compatibility-with-initialization-based-versions`,
    check:
      "Legacy switched off, initialize over stdio and over HTTP → an error whose message or data names 2026-07-28.",
  },
  {
    id: "2026-07-28/versioning/modern-request-is-modern",
    level: "MUST",
    implied: true,
    text: "A dual-era server serves a request with modern `_meta` statelessly by this revision.",
    place: `${page}#compatibility-matrix`,
    check:
      "On one endpoint and one stdio process a modern tools/call and a legacy session interleave → each is served by its revision, and the modern one has no session header.",
  },
  {
    id: "2026-07-28/versioning/initialize-selects-legacy",
    level: "MUST",
    implied: true,
    text: "A dual-era server serves a client that opens with `initialize` by the legacy version negotiated, for that process or session.",
    place: `${page}#compatibility-matrix`,
    check:
      "initialize with 2025-11-25 on a dual-era endpoint → a legacy session, whose results have no resultType, ttlMs or cacheScope.",
  },
  {
    id: "2026-07-28/discover/implemented",
    level: "MUST",
    text: "Every server implements `server/discover`.",
    place: `${specification}/server/discover`,
    check:
      "server/discover on a server with no options, on HTTP and stdio → supportedVersions, capabilities and the caching hints.",
  },
  {
    id: "2026-07-28/discover/supported-versions",
    level: "MUST",
    implied: true,
    text: "`supportedVersions` are the versions that the server answers.",
    place: `${specification}/server/discover#discoverresult`,
    check:
      "Every version in supportedVersions is served, every other known version is refused, and the list equals data.supported of -32022.",
  },
  {
    id: "2026-07-28/discover/server-info",
    level: "SHOULD",
    text: "The discovery result names the server in `_meta`.",
    place: `${specification}/server/discover#discoverresult`,
    check:
      'server/discover → _meta["io.modelcontextprotocol/serverInfo"] with the name and version that were given.',
  },
];
