import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { onTestFinished } from "vitest";

export const AUDIENCE = "https://mcp.example.com/mcp";

export interface Claims {
  readonly audience?: string;
  /** From now on, in seconds. */
  readonly expiresIn?: number;
  readonly scope?: string;
}

/** An authorization server, as far as a resource server needs one: keys at an address, and tokens. */
export class TokenIssuer {
  readonly name = "https://login.example.com";
  readonly #published: JWK[] = [];
  #current: { readonly kid: string; readonly key: CryptoKey } | undefined;
  #keysUrl = "";

  static async start(): Promise<TokenIssuer> {
    const issuer = new TokenIssuer();
    await issuer.signWith(await issuer.publish());
    const http = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ keys: issuer.#published }));
    }).listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(() => void http.close().closeAllConnections());
    issuer.#keysUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}/keys`;
    return issuer;
  }

  /** What `jwt` needs to know. */
  get options() {
    return { issuer: this.name, audience: AUDIENCE, jwks: this.#keysUrl };
  }

  /** Makes a key and shows it to whoever asks. */
  async publish(): Promise<{ readonly kid: string; readonly key: CryptoKey }> {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const kid = String(this.#published.length + 1);
    this.#published.push({ ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" });
    return { kid, key: privateKey };
  }

  async signWith(key: { readonly kid: string; readonly key: CryptoKey }): Promise<void> {
    this.#current = key;
  }

  /** The headers of a request with a token. */
  async headers({
    audience = AUDIENCE,
    expiresIn = 600,
    scope = "",
  }: Claims = {}): Promise<{ authorization: string }> {
    const { kid, key } = this.#current as { kid: string; key: CryptoKey };
    const token = await new SignJWT({ scope, client_id: "on-call" })
      .setProtectedHeader({ alg: "ES256", kid, typ: "at+jwt" })
      .setIssuer(this.name)
      .setAudience(audience)
      .setSubject("ada")
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresIn)
      .sign(key);
    return { authorization: `Bearer ${token}` };
  }
}
