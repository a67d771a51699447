import type { HttpAnswer } from "../ports/index.ts";

/** What clients may learn about a protected resource. */
export interface ResourceDescription {
  /** The resource's identifier: the URL of the MCP endpoint, as its clients reach it. */
  readonly resource: string;
  /** Issuers whose tokens are taken, at least one. */
  readonly authorizationServers: readonly string[];
  readonly scopesSupported: readonly string[];
  /** A name for people. */
  readonly resourceName?: string | undefined;
  /** A page for developers. */
  readonly resourceDocumentation?: string | undefined;
  readonly dpop: { readonly required: boolean; readonly algorithms: readonly string[] } | undefined;
}

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

const HEADERS: HttpAnswer["headers"] = [
  ["content-type", "application/json"],
  ["cache-control", "max-age=300"],
  // It is public, and clients in browsers have to find it before they are known here.
  ["access-control-allow-origin", "*"],
];

const PREFLIGHT: HttpAnswer = {
  status: 204,
  headers: [
    ["access-control-allow-origin", "*"],
    ["access-control-allow-methods", "GET, HEAD, OPTIONS"],
    ["access-control-allow-headers", "*"],
    ["access-control-max-age", "7200"],
  ],
};

/**
 * The document by which clients find the authorization server, at its well-known path with the path of the endpoint behind
 * it, and without.
 * @see https://www.rfc-editor.org/rfc/rfc9728
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/authorization-server-discovery#protected-resource-metadata-discovery-requirements
 */
export class ResourceMetadata {
  /** Its address, for challenges. */
  readonly url: string;
  readonly paths: readonly string[];
  readonly #body: string;

  constructor(description: ResourceDescription) {
    const { origin, pathname, search } = new URL(description.resource);
    const inserted = WELL_KNOWN + (pathname === "/" ? "" : pathname);
    this.url = origin + inserted + search;
    this.paths = [...new Set([inserted, WELL_KNOWN])];
    this.#body = JSON.stringify(documentOf(description));
  }

  answer({ method, url }: { readonly method: string; readonly url: string }): HttpAnswer | undefined {
    if (!url.includes(WELL_KNOWN) || !this.paths.includes(pathOf(url))) return undefined;
    if (method === "GET") return { status: 200, headers: HEADERS, body: this.#body };
    if (method === "HEAD") return { status: 200, headers: HEADERS };
    return method === "OPTIONS" ? PREFLIGHT : undefined;
  }
}

function documentOf(description: ResourceDescription): object {
  const { dpop } = description;
  return {
    resource: description.resource,
    authorization_servers: description.authorizationServers,
    scopes_supported: description.scopesSupported.length > 0 ? description.scopesSupported : undefined,
    bearer_methods_supported: ["header"],
    resource_name: description.resourceName,
    resource_documentation: description.resourceDocumentation,
    dpop_signing_alg_values_supported: dpop?.algorithms,
    dpop_bound_access_tokens_required: dpop?.required || undefined,
  };
}

/** Of an address that is absolute, or from the path on. */
function pathOf(url: string): string {
  return URL.canParse(url, "http://localhost") ? new URL(url, "http://localhost").pathname : "";
}
