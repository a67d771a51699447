import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25";

export const overall: readonly Requirement[] = [
  {
    id: "2025-11-25/overall/security-documented",
    level: "SHOULD",
    text: "The security implications are clearly documented.",
    place: `${page}#implementation-guidelines`,
    check:
      "The documentation has a security page that names every guard, its option and its default, and a test holds that list equal to the code's.",
  },
  {
    id: "2025-11-25/overall/access-and-data-protection",
    level: "SHOULD",
    text: "Access controls and data protections are implemented.",
    place: `${page}#implementation-guidelines`,
    check:
      "Two tenants on one server and one store, every method and every stored thing of the one asked for by the other → it does not exist.",
  },
];
