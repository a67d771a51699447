import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/server/resources";
const specification = "https://modelcontextprotocol.io/specification/2025-11-25";

export const resources: readonly Requirement[] = [
  {
    id: "2025-11-25/resources/capability-declared",
    level: "MUST",
    text: "A server with resources declares the `resources` capability.",
    place: `${page}#capabilities`,
    check:
      "A server with one resource, one with one template, one with a provider of resources → resources is declared; without any → not.",
  },
  {
    id: "2025-11-25/resources/list-changed",
    level: "SHOULD",
    text: "A change of the list is notified where `listChanged` was declared.",
    place: `${page}#list-changed-notification`,
    check:
      "Adding, removing and renaming a resource while serving → one notifications/resources/list_changed for each listener, also on another machine.",
  },
  {
    id: "2025-11-25/resources/updated",
    level: "MUST",
    implied: true,
    text: "A change of a subscribed resource is notified.",
    place: `${page}#subscriptions`,
    check:
      "An update of a subscribed URI on another machine → one notifications/resources/updated with the URI.",
  },
  {
    id: "2025-11-25/resources/updated-only-when-subscribed",
    level: "SHOULD",
    implied: true,
    text: "Updates are sent only to clients that subscribed, and not after they unsubscribed.",
    place: `${specification}/schema#resourceupdatednotification`,
    check:
      "Two sessions, one subscribed; an update, an unsubscribe, an update → one notification to one session.",
  },
  {
    id: "2025-11-25/resources/https-for-direct-fetch",
    level: "SHOULD",
    text: "The https scheme is used only for what the client can fetch itself from the web.",
    place: `${page}#https%3A%2F%2F`,
    bindsAuthor: true,
    reason: "Whether a client can fetch a URI without the server only the author of the resource knows.",
  },
  {
    id: "2025-11-25/resources/other-scheme-otherwise",
    level: "SHOULD",
    text: "For other resources another scheme is preferred, even if the server downloads them.",
    place: `${page}#https%3A%2F%2F`,
    bindsAuthor: true,
    reason: "The scheme of a resource is the choice of its author.",
  },
  {
    id: "2025-11-25/resources/uri-rfc-3986",
    level: "MUST",
    text: "Custom URI schemes follow RFC 3986.",
    place: `${page}#custom-uri-schemes`,
    check:
      'Resources with "my scheme://x", "1a:x", "://x" and "relative/path" → the registration throws; "atlas+v1:x" is accepted.',
  },
  {
    id: "2025-11-25/resources/not-found",
    level: "SHOULD",
    text: "A resource that does not exist is answered with -32002.",
    place: `${page}#error-handling`,
    check:
      "resources/read of an unknown URI, and a template's handler that finds nothing → -32002 with the URI in data.",
  },
  {
    id: "2025-11-25/resources/internal-error",
    level: "SHOULD",
    text: "An internal error while reading is answered with -32603.",
    place: `${page}#error-handling`,
    check:
      'A resource whose handler throws → -32603 "Internal error" with a reference and without the thrown text.',
  },
  {
    id: "2025-11-25/resources/uris-validated",
    level: "MUST",
    text: "Resource URIs are validated.",
    place: `${page}#security-considerations`,
    check:
      'uri 7, "", "no scheme", "file:///%zz", one with a NUL and one of 1 MB → -32602, and no handler runs.',
  },
  {
    id: "2025-11-25/resources/access-controlled",
    level: "SHOULD",
    text: "Sensitive resources have access controls.",
    place: `${page}#security-considerations`,
    check:
      "A resource that needs a scope: without it absent from the list, not readable, not subscribable; with it → all three.",
  },
  {
    id: "2025-11-25/resources/binary-encoded",
    level: "MUST",
    text: "Binary data is properly encoded.",
    place: `${page}#security-considerations`,
    check:
      "A handler that returns the bytes 0 to 255 as Uint8Array → blob is padded standard Base64 of them, and no text.",
  },
  {
    id: "2025-11-25/resources/permissions-first",
    level: "SHOULD",
    text: "Permissions are checked before operations.",
    place: `${page}#security-considerations`,
    check: "A read without permission → the handler does not run; the error is that of an unknown resource.",
  },
];
