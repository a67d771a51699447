import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/client/roots";

export const roots: readonly Requirement[] = [
  {
    id: "2026-07-28/roots/unavailable-handled",
    level: "SHOULD",
    text: "It is handled when roots become unavailable.",
    place: `${page}#security-considerations`,
    check:
      "The client answers with an empty list, and (2025-11-25) with an error → the handler gets the empty list or a clear error, and the call ends.",
  },
  {
    id: "2026-07-28/roots/boundaries-respected",
    level: "SHOULD",
    text: "Operations respect the boundaries of the roots.",
    place: `${page}#security-considerations`,
    bindsAuthor: true,
    reason: "Which files a handler touches is the author's code; the runtime opens none.",
  },
  {
    id: "2026-07-28/roots/paths-validated",
    level: "SHOULD",
    text: "Paths are validated against the roots.",
    place: `${page}#security-considerations`,
    bindsAuthor: true,
    reason: "Which argument of a tool is a path only the author knows.",
  },
  {
    id: "2026-07-28/roots/capability-checked",
    level: "SHOULD",
    text: "The capability is checked before roots are asked for.",
    place: `${page}#implementation-guidelines`,
    check:
      "A client without roots: ctx.roots() → no roots/list is sent, and an error that names the capability.",
  },
  {
    id: "2026-07-28/roots/cached",
    level: "SHOULD",
    text: "Information about roots is cached appropriately.",
    place: `${page}#implementation-guidelines`,
    check:
      "ctx.roots() three times in one call → one roots/list; another principal or session never sees it.",
  },
];
