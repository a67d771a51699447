import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/server/prompts";

export const prompts: readonly Requirement[] = [
  {
    id: "2026-07-28/prompts/capability-declared",
    level: "MUST",
    text: "A server with prompts declares the `prompts` capability.",
    place: `${page}#capabilities`,
    check:
      "A server with one prompt, and one with a provider of prompts → declared at initialize or server/discover; without any → not.",
  },
  {
    id: "2026-07-28/prompts/list-answered",
    level: "MUST",
    text: "`prompts/list` is answered with the prompts available to the client.",
    place: `${page}#capabilities`,
    check: "A server whose last prompt was removed, capability still declared → an empty list, not an error.",
  },
  {
    id: "2026-07-28/prompts/list-independent-of-connection",
    level: "MUST",
    text: "The list does not vary by connection or as a side effect of other requests.",
    place: `${page}#capabilities`,
    check:
      "The list on ten connections, on two machines, before and after other calls → equal; with another principal it may differ.",
  },
  {
    id: "2026-07-28/prompts/list-changed",
    level: "SHOULD",
    text: "A change of the list is notified where `listChanged` was declared.",
    place: `${page}#list-changed-notification`,
    check:
      "Adding and removing a prompt while serving → one notifications/prompts/list_changed for each listener, also on another machine.",
  },
  {
    id: "2026-07-28/prompts/image-content",
    level: "MUST",
    text: "Image data is Base64 and has a valid MIME type.",
    place: `${page}#image-content`,
    check:
      'A prompt that returns image bytes → Base64 and mimeType; one with data "%%%" or mimeType "png" → -32603 and nothing is sent.',
  },
  {
    id: "2026-07-28/prompts/audio-content",
    level: "MUST",
    text: "Audio data is Base64 and has a valid MIME type.",
    place: `${page}#audio-content`,
    check:
      'A prompt that returns audio bytes → Base64 and mimeType; one with data "%%%" or without mimeType → -32603 and nothing is sent.',
  },
  {
    id: "2026-07-28/prompts/embedded-resources",
    level: "MUST",
    text: "An embedded resource has a valid URI, its MIME type, and text or a Base64 blob.",
    place: `${page}#embedded-resources`,
    check:
      'Embedded resources without uri, with "no scheme", without mimeType, with neither or both of text and blob → -32603 and nothing is sent.',
  },
  {
    id: "2026-07-28/prompts/unknown-prompt",
    level: "SHOULD",
    text: "An invalid prompt name is answered with -32602.",
    place: `${page}#error-handling`,
    check: 'prompts/get of "nope", "" and "__proto__" → -32602 that names the prompt.',
  },
  {
    id: "2026-07-28/prompts/missing-arguments",
    level: "SHOULD",
    text: "A missing required argument is answered with -32602.",
    place: `${page}#error-handling`,
    check:
      "prompts/get without arguments and with one of two required → -32602 that names the argument, and the handler does not run.",
  },
  {
    id: "2026-07-28/prompts/internal-error",
    level: "SHOULD",
    text: "An internal error is answered with -32603.",
    place: `${page}#error-handling`,
    check:
      'A prompt whose handler throws → -32603 "Internal error" with a reference and without the thrown text.',
  },
  {
    id: "2026-07-28/prompts/arguments-validated",
    level: "SHOULD",
    text: "Arguments are validated before they are processed.",
    place: `${page}#implementation-considerations`,
    check:
      "Arguments of a wrong type and against the prompt's schema → -32602, and the handler does not run.",
  },
  {
    id: "2026-07-28/prompts/capabilities-respected",
    level: "SHOULD",
    text: "Capability negotiation is respected.",
    place: `${page}#implementation-considerations`,
    check:
      "prompts/get on a server without prompts → -32601; no prompts list_changed where listChanged was not declared.",
  },
  {
    id: "2026-07-28/prompts/inputs-and-outputs-validated",
    level: "MUST",
    text: "The inputs and outputs of prompts are validated.",
    place: `${page}#security`,
    check:
      'Unknown argument names → refused or dropped as documented; a handler that returns messages without role, with role "system" or unknown content → -32603 and nothing is sent.',
  },
];
