import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports";

export const transports: readonly Requirement[] = [
  {
    id: "2025-11-25/transports/utf-8",
    level: "MUST",
    text: "Messages are encoded in UTF-8.",
    place: page,
    check:
      '"grüße 世界 🛶" and a lone surrogate go through a tool and back on both transports → valid UTF-8 bytes; a body that is not UTF-8 → -32700.',
  },
  {
    id: "2025-11-25/transports/custom-keeps-protocol",
    level: "MUST",
    text: "A custom transport keeps the JSON-RPC format and the protocol's rules (lifecycle, or message patterns and per-request metadata).",
    place: `${page}#custom-transports`,
    check:
      "A transport of a message port, written with the public face only, passes the same case table as stdio.",
  },
  {
    id: "2025-11-25/transports/custom-documented",
    level: "SHOULD",
    text: "A custom transport documents how it connects, frames and exchanges messages.",
    place: `${page}#custom-transports`,
    bindsAuthor: true,
    reason:
      "The document is that of whoever writes the custom transport; the bindings of this package are the standard ones.",
  },
];
