import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

/** An authorization server as far as a resource server sees it: its metadata, its keys, its tokens. */
export class Issuer {
  readonly url: string;
  readonly #http: Server;
  readonly #key: CryptoKey;

  private constructor(http: Server, url: string, key: CryptoKey) {
    this.#http = http;
    this.url = url;
    this.#key = key;
  }

  static async start(): Promise<Issuer> {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "1", alg: "ES256", use: "sig" };
    const http = createServer((request, response) => {
      const { port } = http.address() as AddressInfo;
      const issuer = `http://127.0.0.1:${port}`;
      const documents: { [path: string]: object } = {
        "/.well-known/oauth-authorization-server": {
          issuer,
          jwks_uri: `${issuer}/keys`,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          response_types_supported: ["code"],
        },
        "/keys": { keys: [jwk] },
      };
      const document = documents[request.url ?? ""];
      response.writeHead(document === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(document ?? {}));
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return new Issuer(http, `http://127.0.0.1:${(http.address() as AddressInfo).port}`, privateKey);
  }

  token(subject: string, audience: string, scope: string): Promise<string> {
    return new SignJWT({ scope, client_id: "test" })
      .setProtectedHeader({ alg: "ES256", kid: "1", typ: "at+jwt" })
      .setIssuer(this.url)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime("10m")
      .sign(this.#key);
  }

  async stop(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, "close");
  }
}
