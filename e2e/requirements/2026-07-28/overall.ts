import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const overall: readonly Requirement[] = [
  {
    id: "2026-07-28/overall/security-documented",
    level: "SHOULD",
    text: "The security implications are clearly documented.",
    place: `${page}#implementation-guidelines`,
    check:
      "The documentation has a security page that names every guard, its option and its default, and a test holds that list equal to the code's.",
  },
  {
    id: "2026-07-28/overall/access-and-data-protection",
    level: "SHOULD",
    text: "Access controls and data protections are implemented.",
    place: `${page}#implementation-guidelines`,
    check:
      "Two tenants on one server and one store, every method and every stored thing of the one asked for by the other → it does not exist.",
  },
  {
    id: "2026-07-28/deprecated/http-sse",
    level: "SHOULD",
    text: "New implementations do not adopt the HTTP+SSE transport of 2024-11-05.",
    place: `${specification}/basic/transports/streamable-http#http%2Bsse-transport-2024-11-05`,
    check:
      "A server with default options answers GET on its endpoint without an `endpoint` event and has no messages endpoint; the transport is there only when switched on for old clients.",
  },
  {
    id: "2026-07-28/deprecated/logging",
    level: "SHOULD",
    text: "New implementations do not adopt the logging feature.",
    place: `${specification}/server/utilities/logging`,
    check:
      "The runtime itself sends no log messages, whatever fails and whatever level the client asks for; its own log goes to stderr or the given logger; the log of the context is marked as deprecated in the types.",
  },
  {
    id: "2026-07-28/deprecated/roots",
    level: "SHOULD",
    text: "New implementations do not adopt the roots feature.",
    place: `${specification}/client/roots`,
    check:
      "The runtime never asks for roots by itself, and the roots call of the context is marked as deprecated in the types.",
  },
  {
    id: "2026-07-28/deprecated/sampling",
    level: "SHOULD",
    text: "New implementations do not adopt the sampling feature.",
    place: `${specification}/client/sampling`,
    check:
      "The runtime never samples by itself, and the sampling call of the context is marked as deprecated in the types.",
  },
];
