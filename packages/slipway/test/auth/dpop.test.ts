import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import { type DpopOptions, InMemoryReplays, introspection, jwt } from "slipway/auth";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { ask, type Told } from "./ask.ts";
import { TestIssuer } from "./authorization-server.ts";

const audience = "https://mcp.example.com/mcp";
const now = () => Math.floor(Date.now() / 1000);
const hashOf = async (text: string) =>
  Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString("base64url");

/** A client that has a key of its own. */
class Holder {
  readonly alg: string;
  readonly publicJwk: object;
  readonly privateKey: CryptoKey;

  private constructor(alg: string, publicJwk: object, privateKey: CryptoKey) {
    this.alg = alg;
    this.publicJwk = publicJwk;
    this.privateKey = privateKey;
  }

  static async make(alg = "ES256"): Promise<Holder> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    return new Holder(alg, await exportJWK(publicKey), privateKey);
  }

  async token(claims: object = {}): Promise<string> {
    return as.sign({ aud: audience, cnf: { jkt: await calculateJwkThumbprint(this.publicJwk) }, ...claims });
  }

  /** @param claims put over those of a good proof; `undefined` leaves one out */
  async proof(token: string, claims: object = {}, header: object = {}): Promise<string> {
    const all = {
      htm: "POST",
      htu: audience,
      iat: now(),
      jti: crypto.randomUUID(),
      ath: await hashOf(token),
      ...claims,
    };
    return new SignJWT(JSON.parse(JSON.stringify(all)))
      .setProtectedHeader({ typ: "dpop+jwt", alg: this.alg, jwk: this.publicJwk, ...header } as never)
      .sign(this.privateKey);
  }
}

let as: TestIssuer;
let holder: Holder;
let logger: ReturnType<typeof recordingLogger>;
beforeEach(async () => {
  as = await TestIssuer.start();
  holder = await Holder.make();
  logger = recordingLogger();
});
afterEach(() => void vi.useRealTimers());

const make = (dpop: true | DpopOptions = true) => jwt({ issuer: as.issuer, audience, logger, dpop });
type Auth = ReturnType<typeof make>;
const present = (auth: Auth, token: string, proof: string | undefined, scheme = "DPoP"): Promise<Told> =>
  ask(auth, {
    headers: { authorization: `${scheme} ${token}`, ...(proof !== undefined && { dpop: proof }) },
  });
const metadata = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"';
const algs = 'algs="ES256 ES384 ES512 PS256 RS256 EdDSA Ed25519"';

describe("a token that is bound to a key", () => {
  test.each(["ES256", "PS256", "Ed25519"])("is taken with a proof signed with %s", async (alg) => {
    holder = await Holder.make(alg);
    const token = await holder.token();
    const auth = make();
    // Also when the token is remembered.
    for (let i = 0; i < 2; i++) {
      expect(await present(auth, token, await holder.proof(token))).toMatchObject({
        principal: { subject: "ada" },
      });
    }
  });

  test.each<[string, string]>([
    ["with scheme and host in capitals", "HTTPS://MCP.EXAMPLE.COM/mcp"],
    ["with the usual port", "https://mcp.example.com:443/mcp"],
    ["with a query, which counts for nothing", "https://mcp.example.com/mcp?a=b#c"],
  ])("is taken with a proof for its address %s", async (_, htu) => {
    const token = await holder.token();
    expect(await present(make(), token, await holder.proof(token, { htu }))).toHaveProperty("principal");
  });

  test("is taken for another path of the server, where the request is for that", async () => {
    const token = await holder.token();
    const proof = () => holder.proof(token, { htu: "https://mcp.example.com/sse", htm: "GET" });
    const headers = async () => ({ authorization: `DPoP ${token}`, dpop: await proof() });
    expect(await ask(make(), { method: "GET", url: "/sse?x=1", headers: await headers() })).toHaveProperty(
      "principal",
    );
    expect(await ask(make(), { method: "GET", url: "/mcp", headers: await headers() })).toMatchObject({
      status: 401,
    });
  });
});

describe("a proof is refused", () => {
  const BAD: [string, (token: string) => Promise<string | undefined>, RegExp][] = [
    ["that is missing", async () => undefined, /not one DPoP header/],
    [
      "that is there twice",
      async (t) => `${await holder.proof(t)}, ${await holder.proof(t)}`,
      /not one DPoP header/,
    ],
    ["that is no JWT", async () => "abc", /not one DPoP header/],
    ["that is too long", async (t) => holder.proof(t, { pad: "x".repeat(9000) }), /not one DPoP header/],
    ["for another method", (t) => holder.proof(t, { htm: "GET" }), /htm/],
    ["for another host", (t) => holder.proof(t, { htu: "https://other.example.com/mcp" }), /htu/],
    ["for another path", (t) => holder.proof(t, { htu: "https://mcp.example.com/other" }), /htu/],
    ["without TLS", (t) => holder.proof(t, { htu: "http://mcp.example.com/mcp" }), /htu/],
    ["without address", (t) => holder.proof(t, { htu: undefined }), /htu/],
    ["for another token", () => holder.proof("other"), /ath/],
    ["for no token", (t) => holder.proof(t, { ath: undefined }), /ath/],
    ["that is old", (t) => holder.proof(t, { iat: now() - 100 }), /another time/],
    ["of the future", (t) => holder.proof(t, { iat: now() + 100 }), /another time/],
    ["without time", (t) => holder.proof(t, { iat: undefined }), /another time/],
    ["that has expired", (t) => holder.proof(t, { exp: now() - 100 }), /"exp"/],
    ["without id", (t) => holder.proof(t, { jti: undefined }), /jti/],
    ["with an id that is too long", (t) => holder.proof(t, { jti: "x".repeat(257) }), /jti/],
    ["with an id that is no text", (t) => holder.proof(t, { jti: 7 }), /./],
    ["of another type", (t) => holder.proof(t, {}, { typ: "JWT" }), /typ/],
    ["of another key", async (t) => (await Holder.make()).proof(t), /another key/],
    [
      "that names a key it is not signed with",
      async (t) => (await Holder.make()).proof(t, {}, { jwk: holder.publicJwk }),
      /signature/,
    ],
    ["without a key", (t) => holder.proof(t, {}, { jwk: undefined }), /./],
    [
      "with a private key",
      async (t) => holder.proof(t, {}, { jwk: await exportJWK(holder.privateKey) }),
      /./,
    ],
    ["with a key that is a secret", (t) => holder.proof(t, {}, { jwk: { kty: "oct", k: "AAAA" } }), /./],
    ["without signature", async (t) => (await holder.proof(t)).replace(/[^.]+$/, "AAAA"), /signature/],
    ["with the algorithm none", async (t) => unsigned(await holder.proof(t)), /./],
  ];

  function unsigned(proof: string): string {
    const header = { typ: "dpop+jwt", alg: "none", jwk: holder.publicJwk };
    return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${proof.split(".")[1]}.AAAA`;
  }

  test.each(BAD)("%s", async (_, prove, reason) => {
    const token = await holder.token();
    expect(await present(make(), token, await prove(token))).toEqual({
      status: 401,
      message: "Not authorized: invalid_dpop_proof.",
      challenges: [
        expect.stringContaining('Bearer error="invalid_dpop_proof"'),
        `DPoP error="invalid_dpop_proof", ${metadata}, error_description="The DPoP proof is missing, or not valid for this request", ${algs}`,
      ],
    });
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]?.message).toMatch(reason);
  });

  test("that was used before, until it is too old anyway", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make();
    const token = await holder.token();
    const proof = await holder.proof(token);
    expect(await present(auth, token, proof)).toHaveProperty("principal");
    expect(await present(auth, token, proof)).toMatchObject({ status: 401 });
    expect(logger.text()).toContain("used before");
    vi.setSystemTime(Date.now() + 85_000);
    expect(await present(auth, token, proof)).toMatchObject({ status: 401 });
    vi.setSystemTime(Date.now() + 10_000);
    expect(await present(auth, token, proof)).toMatchObject({ status: 401 });
    expect(logger.lines.at(-1)?.message).toContain("another time");
  });

  test("signed with an algorithm that is not allowed", async () => {
    const token = await holder.token();
    const told = await present(make({ algorithms: ["EdDSA"] }), token, await holder.proof(token));
    expect(told).toMatchObject({
      status: 401,
      challenges: [expect.anything(), expect.stringContaining('algs="EdDSA"')],
    });
  });
});

describe("what is bound and what is not", () => {
  test("a bound token is not taken as Bearer", async () => {
    const token = await holder.token();
    const told = await present(make(), token, await holder.proof(token), "Bearer");
    expect(told).toMatchObject({ status: 401, message: "Not authorized: invalid_token." });
  });

  test("a token that is bound to nothing is not taken as DPoP, and as Bearer unless that was ruled out", async () => {
    const token = await as.sign({ aud: audience });
    const proof = await holder.proof(token);
    expect(await present(make(), token, proof)).toMatchObject({ status: 401 });
    expect(await present(make(), token, undefined, "Bearer")).toHaveProperty("principal");
    const strict = make({ required: true });
    const told = await present(strict, token, undefined, "Bearer");
    expect(told).toMatchObject({
      status: 401,
      challenges: [expect.stringMatching(/^DPoP error="invalid_token"/)],
    });
  });

  test("clients are told", async () => {
    expect(await ask(make())).toMatchObject({
      challenges: [`Bearer ${metadata}`, `DPoP ${metadata}, ${algs}`],
    });
    const { body = "" } =
      make({ required: true }).document({ method: "GET", url: "/.well-known/oauth-protected-resource" }) ??
      {};
    expect(JSON.parse(body)).toMatchObject({
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: ["ES256", "ES384", "ES512", "PS256", "RS256", "EdDSA", "Ed25519"],
    });
  });
});

test("a token that says nothing by itself is bound by what its issuer says of it", async () => {
  const jkt = await calculateJwkThumbprint(holder.publicJwk);
  as.answers.set("/introspect", () => ({ body: { active: true, sub: "ada", aud: audience, cnf: { jkt } } }));
  const options = { issuer: as.issuer, audience, clientId: "a", clientSecret: "b", logger };
  const auth = introspection({ ...options, dpop: true });
  expect(await present(auth, "opaque", await holder.proof("opaque"))).toHaveProperty("principal");
  expect(await present(auth, "opaque", undefined, "Bearer")).toMatchObject({ status: 401 });
  const other = await Holder.make();
  expect(await present(auth, "opaque", await other.proof("opaque"))).toMatchObject({ status: 401 });
  const without = await present(introspection(options), "opaque", await holder.proof("opaque"));
  expect(without).toMatchObject({ status: 401 });
});

describe("with nonces", () => {
  const nonceSecret = "a secret of at least thirty-two characters";
  const nonceIn = (told: Told) => ("nonce" in told ? told.nonce : undefined);

  test("a proof needs one that this server gave, and not long ago", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make({ nonceSecret });
    const token = await holder.token({ exp: now() + 3600 });
    const told = await present(auth, token, await holder.proof(token));
    expect(told).toMatchObject({
      status: 401,
      message: "Not authorized: use_dpop_nonce.",
      challenges: [expect.anything(), expect.stringContaining('error="use_dpop_nonce"')],
    });
    const nonce = nonceIn(told);
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(await present(auth, token, await holder.proof(token, { nonce }))).toHaveProperty("principal");
    // Another server with the same secret knows it, too.
    expect(await present(make({ nonceSecret }), token, await holder.proof(token, { nonce }))).toHaveProperty(
      "principal",
    );
    const other = make({ nonceSecret: nonceSecret.toUpperCase() });
    expect(await present(other, token, await holder.proof(token, { nonce }))).toMatchObject({ status: 401 });
    expect(await present(auth, token, await holder.proof(token, { nonce: "made up" }))).toMatchObject({
      status: 401,
    });
    vi.setSystemTime(Date.now() + 241_000);
    const late = await present(auth, token, await holder.proof(token, { nonce }));
    expect(late).toMatchObject({ status: 401 });
    expect(nonceIn(late)).not.toBe(nonce);
  });
});

describe("the memory of proofs", () => {
  test("is bounded, and refuses rather than forgets", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make({ replays: new InMemoryReplays(2) });
    const token = await holder.token({ exp: now() + 3600 });
    const attempt = async () => present(auth, token, await holder.proof(token));
    const told = [await attempt(), await attempt(), await attempt()];
    expect(told.map((one) => ("status" in one ? one.status : 200))).toEqual([200, 200, 503]);
    vi.setSystemTime(Date.now() + 91_000);
    expect(await attempt()).toHaveProperty("principal");
  });

  test("may be shared by several servers", async () => {
    const noted = new Map<string, number>();
    const replays = {
      isFirst: async (id: string, ttlMs: number) => !noted.has(id) && noted.set(id, ttlMs).has(id),
    };
    const token = await holder.token();
    const proof = await holder.proof(token);
    expect(await present(make({ replays }), token, proof)).toHaveProperty("principal");
    expect(await present(make({ replays }), token, proof)).toMatchObject({ status: 401 });
    const [[id = "", ttlMs = 0] = []] = noted;
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(ttlMs).toBeGreaterThan(80_000);
    expect(ttlMs).toBeLessThanOrEqual(90_000);
  });
});
