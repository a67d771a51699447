import { createServer, type Server } from "node:http";
import Provider, { type Configuration } from "oidc-provider";
import { freePort } from "../support/free-port.ts";

/** Where clients have their metadata documents, as the authorization server sees it. */
export const CLIENT_METADATA_URL = "https://client.example.com/metadata.json";
export const WITHOUT_REFRESH_URL = "https://client.example.com/without-refresh.json";

export const REDIRECT_URI = "http://127.0.0.1:9/callback";

const CLIENT_METADATA = {
  client_name: "Example client",
  redirect_uris: [REDIRECT_URI],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};

/** What a client says of itself. */
export function clientMetadata(refreshes: boolean) {
  return refreshes ? CLIENT_METADATA : { ...CLIENT_METADATA, grant_types: ["authorization_code"] };
}

/** What the MCP server is to the authorization server, where it asks about tokens. */
export const RESOURCE_SERVER = { client_id: "mcp-server", client_secret: "a secret of the MCP server" };

/** A client that acts for itself, with tokens that whoever has them may use. */
export const MACHINE = { client_id: "machine", client_secret: "a secret of the machine" };

/** A client that acts for itself, with tokens that are bound to its key. */
export const ROBOT = { client_id: "robot", client_secret: "a secret of the robot" };

export interface AuthorizationServer {
  readonly issuer: string;
  /** Paths that were asked for, in order, apart from those of the user's pages. */
  readonly requests: string[];
  /** Client ids in authorization requests. */
  readonly clients: Set<string>;
  /** A token for a client that acts for itself. */
  tokenOf(
    client: typeof MACHINE,
    params: { scope: string; resource: string },
    dpop?: string,
  ): Promise<string>;
  close(): Promise<void>;
}

/**
 * `oidc-provider`, with the pages for users that it brings along. Tokens for resources whose path ends in `/opaque` say nothing by
 * themselves; all others are JWTs.
 */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, configuration);
  const requests: string[] = [];
  const clients = new Set<string>();
  const handle = provider.callback();
  const http: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", issuer);
    if (!pathname.startsWith("/interaction")) requests.push(pathname);
    if (pathname === "/auth") clients.add(searchParams.get("client_id") ?? "");
    void handle(request, response);
  });
  await new Promise<void>((done) => http.listen(port, "127.0.0.1", done));
  return {
    issuer,
    requests,
    clients,
    tokenOf: async ({ client_id, client_secret }, params, dpop) => {
      const authorization = `Basic ${btoa(`${client_id}:${client_secret.replaceAll(" ", "+")}`)}`;
      const response = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization, ...(dpop !== undefined && { dpop }) },
        body: new URLSearchParams({ grant_type: "client_credentials", ...params }),
      });
      const { access_token } = (await response.json()) as { access_token: string };
      return access_token;
    },
    close: async () => {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}

const configuration: Configuration = {
  clients: [
    { ...RESOURCE_SERVER, redirect_uris: [], response_types: [], grant_types: [] },
    { ...MACHINE, redirect_uris: [], response_types: [], grant_types: ["client_credentials"] },
    {
      ...ROBOT,
      redirect_uris: [],
      response_types: [],
      grant_types: ["client_credentials"],
      dpop_bound_access_tokens: true,
    },
  ],
  cookies: { keys: ["a key for cookies"] },
  scopes: ["openid", "offline_access", "notes:read", "notes:write"],
  // The client does not ask for offline access, since the resource must not name that.
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  features: {
    clientCredentials: { enabled: true },
    clientIdMetadataDocument: { enabled: true, ack: "draft-02" },
    dPoP: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: "notes:read notes:write",
        audience: resource,
        accessTokenFormat: resource.endsWith("/opaque") ? "opaque" : "jwt",
        accessTokenTTL: 300,
      }),
    },
  },
  // The client's pages are nowhere but here: this stands for its name and certificate.
  fetch: async (url, options) => {
    const client_id = String(url);
    if (![CLIENT_METADATA_URL, WITHOUT_REFRESH_URL].includes(client_id)) return fetch(url, options);
    return Response.json({ client_id, ...clientMetadata(client_id === CLIENT_METADATA_URL) });
  },
} as Configuration;
