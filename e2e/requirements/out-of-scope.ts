import type { OutOfScope } from "./types.ts";

const base = "https://modelcontextprotocol.io/specification";

/** What the manifest leaves out, and why. */
export const outOfScope: readonly OutOfScope[] = [
  {
    revision: "2025-11-25",
    what: "The security considerations of OAuth 2.1 as a whole",
    places: [`${base}/2025-11-25/basic/authorization#security-considerations`],
    reason:
      "They are a document outside of the specification's pages; what those take from it is in the manifest.",
  },
  {
    revision: "2026-07-28",
    what: "The security considerations of OAuth 2.1 as a whole",
    places: [`${base}/2026-07-28/basic/authorization/security-considerations`],
    reason:
      "They are a document outside of the specification's pages; what those take from it is in the manifest.",
  },
  {
    revision: "2025-11-25",
    what: "Tasks, and what other pages say of task-augmented requests",
    places: [
      `${base}/2025-11-25/basic/utilities/tasks`,
      `${base}/2025-11-25/basic/utilities/progress#behavior-requirements`,
      `${base}/2025-11-25/basic/utilities/cancellation#behavior-requirements`,
      `${base}/2025-11-25/server/tools#tool`,
    ],
    reason: "A manifest of its own comes with the tasks of the runtime.",
  },
  {
    revision: "2026-07-28",
    what: "The tasks extension",
    places: ["https://modelcontextprotocol.io/extensions/tasks/overview"],
    reason: "It is an extension outside of this revision's text, and comes with the tasks of the runtime.",
  },
  {
    revision: "2026-07-28",
    what: "Timeouts of sent requests",
    places: [`${base}/2026-07-28/basic/patterns/cancellation#timeouts`],
    reason: "They bind whoever sends a request, and a server of this revision sends none.",
  },
  {
    revision: "2026-07-28",
    what: "Intermediaries that forward custom headers or enforce policy by mirrored headers",
    places: [
      `${base}/2026-07-28/basic/transports/streamable-http#server-behavior-for-custom-headers`,
      `${base}/2026-07-28/basic/transports/streamable-http#server-validation`,
    ],
    reason: "They bind what stands between client and server; they belong to the gateway.",
  },
  {
    revision: "2026-07-28",
    what: "The documentation of an extension's fallback",
    places: [`${base}/2026-07-28/basic/versioning#extension-negotiation`],
    reason: "It binds the text that defines an extension, and not a server.",
  },
  {
    revision: "2025-11-25",
    what: "Icons",
    places: [`${base}/2025-11-25/basic#icons`],
    reason: "Every requirement of the section binds those who fetch or show an icon.",
  },
  {
    revision: "2026-07-28",
    what: "Icons",
    places: [`${base}/2026-07-28/basic#icons`],
    reason: "Every requirement of the section binds those who fetch or show an icon.",
  },
  {
    revision: "2025-11-25",
    what: "Consent flows, best practices and privacy, as guidelines to all implementors",
    places: [
      `${base}/2025-11-25#implementation-guidelines`,
      `${base}/2025-11-25/client/elicitation#identifying-the-user`,
    ],
    reason: "Consent is the host's, and the others point to documents outside of the specification's pages.",
  },
  {
    revision: "2026-07-28",
    what: "Consent flows, best practices and privacy, as guidelines to all implementors",
    places: [
      `${base}/2026-07-28#implementation-guidelines`,
      `${base}/2026-07-28/client/elicitation#identifying-the-user`,
    ],
    reason: "Consent is the host's, and the others point to documents outside of the specification's pages.",
  },
];
