import { createServer, type Server } from "node:http";
import Provider, { type Configuration } from "oidc-provider";

/**
 * An authorization server for trying things out: it takes any name with any password, asks for consent, lets clients introduce
 * themselves by a metadata document or by registration, and forgets all when it ends. Yours is Keycloak, Auth0, Entra or the like.
 *
 * @param scopes that the resource knows
 */
export async function startAuthorizationServer(port: number, scopes: readonly string[]): Promise<Server> {
  const configuration = {
    cookies: { keys: [crypto.randomUUID()] },
    scopes: ["openid", "offline_access", ...scopes],
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    features: {
      clientIdMetadataDocument: { enabled: true, ack: "draft-02" },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Tokens are JWTs for the resource that the client has named.
        getResourceServerInfo: (_ctx, resource) => ({
          scope: scopes.join(" "),
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
        }),
      },
    },
  } as Configuration;
  const provider = new Provider(`http://127.0.0.1:${port}`, configuration);
  const http = createServer(provider.callback());
  await new Promise<void>((done) => http.listen(port, "127.0.0.1", done));
  return http;
}
