import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { onTestFinished } from "vitest";

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export type Answer = { readonly status?: number; readonly body?: unknown };

/** An authorization server that signs what it is told to, so that tokens can be wrong in every way. */
export class TestIssuer {
  readonly issuer: string;
  readonly keys: SigningKey[] = [];
  /** The paths that were asked for, in order. */
  readonly requests: string[] = [];
  /** Answers by path, instead of those that a good server gives. */
  readonly answers = new Map<string, (request: IncomingMessage, body: string) => Answer>();
  readonly #http: Server;

  static async start(path = ""): Promise<TestIssuer> {
    const http = createServer();
    await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
    const issuer = new TestIssuer(http, path);
    await issuer.addKey();
    onTestFinished(() => issuer.stop());
    return issuer;
  }

  private constructor(http: Server, path: string) {
    this.#http = http;
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.issuer = origin + path;
    this.answers.set(`/.well-known/oauth-authorization-server${path}`, () => ({ body: this.metadata() }));
    this.answers.set("/jwks", () => ({ body: this.jwks }));
    http.on("request", async (request, response) => {
      this.requests.push(request.url ?? "");
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const answer = this.answers.get(request.url ?? "")?.(request, body) ?? { status: 404 };
      response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
      response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}));
    });
  }

  jwks: { keys: object[] } = { keys: [] };

  metadata(): { [member: string]: unknown } {
    const origin = new URL(this.issuer).origin;
    return {
      issuer: this.issuer,
      jwks_uri: `${origin}/jwks`,
      introspection_endpoint: `${origin}/introspect`,
    };
  }

  async addKey(alg = "ES256", kid: string | undefined = `key-${this.keys.length}`): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const key = { kid: kid ?? "", alg, privateKey, publicKey };
    this.keys.push(key);
    this.jwks = {
      keys: [...this.jwks.keys, { ...(await exportJWK(publicKey)), alg, use: "sig", ...(kid && { kid }) }],
    };
    return key;
  }

  /** @param claims put over those of a good token for `audience`; `undefined` leaves one out */
  sign(
    claims: { [claim: string]: unknown },
    { key = this.keys[0] as SigningKey, header = {} }: { key?: SigningKey; header?: object } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.issuer, sub: "ada", iat: now, exp: now + 300, ...claims };
    const { alg, kid, privateKey } = key;
    return new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload)
      .setProtectedHeader({ alg, kid, typ: "at+jwt", ...header })
      .sign(privateKey);
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.requests.filter((one) => one === path).length;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }
}
