import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/client/roots";
const specification = "https://modelcontextprotocol.io/specification/2025-11-25";

export const roots: readonly Requirement[] = [
  {
    id: "2025-11-25/roots/unavailable-handled",
    level: "SHOULD",
    text: "It is handled when roots become unavailable.",
    place: `${page}#security-considerations`,
    check:
      "The client answers with an empty list, and (2025-11-25) with an error → the handler gets the empty list or a clear error, and the call ends.",
  },
  {
    id: "2025-11-25/roots/boundaries-respected",
    level: "SHOULD",
    text: "Operations respect the boundaries of the roots.",
    place: `${page}#security-considerations`,
    bindsAuthor: true,
    reason: "Which files a handler touches is the author's code; the runtime opens none.",
  },
  {
    id: "2025-11-25/roots/paths-validated",
    level: "SHOULD",
    text: "Paths are validated against the roots.",
    place: `${page}#security-considerations`,
    bindsAuthor: true,
    reason: "Which argument of a tool is a path only the author knows.",
  },
  {
    id: "2025-11-25/roots/capability-checked",
    level: "SHOULD",
    text: "The capability is checked before roots are asked for.",
    place: `${page}#implementation-guidelines`,
    check:
      "A client without roots: ctx.roots() → no roots/list is sent, and an error that names the capability.",
  },
  {
    id: "2025-11-25/roots/changes-handled",
    level: "SHOULD",
    text: "Changes of the list of roots are handled gracefully.",
    place: `${page}#implementation-guidelines`,
    check:
      "notifications/roots/list_changed during a call, between calls and from a client without listChanged → accepted; the next ctx.roots() gives the new list.",
  },
  {
    id: "2025-11-25/roots/refreshed-after-change",
    level: "SHOULD",
    implied: true,
    text: "After a change the server asks for the list anew.",
    place: `${specification}/schema#rootslistchangednotification`,
    check:
      "ctx.roots() before and after notifications/roots/list_changed → two roots/list requests, the second with the new list.",
  },
  {
    id: "2025-11-25/roots/cached",
    level: "SHOULD",
    text: "Information about roots is cached appropriately.",
    place: `${page}#implementation-guidelines`,
    check:
      "ctx.roots() three times in one call → one roots/list; another principal or session never sees it.",
  },
];
