import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports";

export const transports: readonly Requirement[] = [
  {
    id: "2026-07-28/transports/utf-8",
    level: "MUST",
    text: "Messages are encoded in UTF-8.",
    place: `${page}#messages`,
    check:
      '"grüße 世界 🛶" and a lone surrogate go through a tool and back on both transports → valid UTF-8 bytes; a body that is not UTF-8 → -32700.',
  },
  {
    id: "2026-07-28/transports/delivers-all-directions",
    level: "MUST",
    text: "A binding delivers requests and notifications to the server, and responses and notifications to the client.",
    place: `${page}#messages`,
    check:
      "On each binding (node, fetch, stdio): a request and a notification arrive at the server, a response and a notification at the client.",
  },
  {
    id: "2026-07-28/transports/custom-keeps-protocol",
    level: "MUST",
    text: "A custom transport keeps the JSON-RPC format and the protocol's rules (lifecycle, or message patterns and per-request metadata).",
    place: `${page}#custom-transports`,
    check:
      "A transport of a message port, written with the public face only, passes the same case table as stdio.",
  },
  {
    id: "2026-07-28/transports/custom-documented",
    level: "SHOULD",
    text: "A custom transport documents how it connects, frames and exchanges messages.",
    place: `${page}#custom-transports`,
    bindsAuthor: true,
    reason:
      "The document is that of whoever writes the custom transport; the bindings of this package are the standard ones.",
  },
  {
    id: "2026-07-28/transports/byte-streams-reuse-framing",
    level: "SHOULD",
    text: "A custom transport over a byte stream reuses the framing of stdio.",
    place: `${page}#custom-transports`,
    check:
      "The stdio binding given the two ends of a Unix socket and of a TCP connection serves them like stdin and stdout.",
  },
];
