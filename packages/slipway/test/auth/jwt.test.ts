import { CompactSign, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { type JwtOptions, jwt } from "slipway/auth";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { bearer, principalOf, statusOf } from "./ask.ts";
import { TestIssuer } from "./authorization-server.ts";

const audience = "https://mcp.example.com/mcp";
const encoder = new TextEncoder();
const now = () => Math.floor(Date.now() / 1000);

let as: TestIssuer;
let logger: ReturnType<typeof recordingLogger>;
beforeEach(async () => {
  as = await TestIssuer.start();
  logger = recordingLogger();
});
afterEach(() => void vi.useRealTimers());

const make = (options: Partial<JwtOptions> = {}) => jwt({ issuer: as.issuer, audience, logger, ...options });

describe("a good token", () => {
  test("names its principal [2026-07-28/authorization/validates-tokens] [2025-11-25/authorization/validates-tokens]", async () => {
    const exp = Math.floor(Date.now() / 1000) + 200;
    const token = await as.sign({ aud: audience, scope: "read write", client_id: "app", role: "cook", exp });
    expect(await principalOf(bearer(make(), token))).toEqual({
      subject: "ada",
      clientId: "app",
      scopes: ["read", "write"],
      // With the tolerance for clocks that differ.
      expiresAt: (exp + 30) * 1000,
      claims: expect.objectContaining({ sub: "ada", role: "cook" }),
    });
  });

  test.each<[string, Partial<JwtOptions>, object, object]>([
    ["a tenant of its own claim", { tenantClaim: "org" }, { org: "acme" }, { tenant: "acme" }],
    ["a fixed tenant", { tenant: "acme" }, {}, { tenant: "acme" }],
    ["scopes as a list", {}, { scp: ["a", "b"] }, { scopes: ["a", "b"] }],
    ["scopes in another claim", { scopeClaim: "roles" }, { scope: "x", roles: ["a"] }, { scopes: ["a"] }],
    [
      "another subject",
      { subjectClaim: "email" },
      { email: "ada@example.com" },
      { subject: "ada@example.com" },
    ],
    ["the client by azp", {}, { azp: "app" }, { clientId: "app" }],
    ["no scopes", {}, {}, { scopes: [] }],
    [
      "implied scopes [2026-07-28/authorization/scope-hierarchies]",
      { impliedScopes: { a: ["b"], b: ["c"], c: ["a"] } },
      { scope: "a" },
      { scopes: ["a", "b", "c"] },
    ],
  ])("may have %s", async (_, options, claims, expected) => {
    const token = await as.sign({ aud: audience, ...claims });
    expect(await principalOf(bearer(make(options), token))).toMatchObject(expected);
  });

  test.each<[string, string | string[], string | string[]]>([
    ["among several of the token", ["https://other.example.com", audience], audience],
    ["among several of the server", audience, ["https://old.example.com", audience]],
    ["with scheme and host in capitals", "HTTPS://MCP.Example.com/mcp", audience],
    ["with a slash alone for a path", "https://mcp.example.com/", "https://mcp.example.com"],
    ["without a slash alone for a path", "https://mcp.example.com", "https://mcp.example.com/"],
    ["with the usual port", "https://mcp.example.com:443/mcp", audience],
    ["that is no URL", "my-api", "my-api"],
  ])(
    "may have the audience %s [2026-07-28/authorization/canonical-uri-case] [2025-11-25/authorization/canonical-uri-case]",
    async (_, aud, expected) => {
      expect(await statusOf(bearer(make({ audience: expected }), await as.sign({ aud })))).toBe(200);
    },
  );

  test("may be a little ahead or behind", async () => {
    const auth = make({ clockSkewMs: 10_000 });
    for (const claims of [{ exp: now() - 5 }, { nbf: now() + 5 }]) {
      expect(await statusOf(bearer(auth, await as.sign({ aud: audience, ...claims })))).toBe(200);
    }
    for (const claims of [{ exp: now() - 15 }, { nbf: now() + 15 }]) {
      expect(await statusOf(bearer(auth, await as.sign({ aud: audience, ...claims })))).toBe(401);
    }
  });

  test.each(["RS256", "PS256", "ES384", "Ed25519"])("may be signed with %s", async (alg) => {
    const key = await as.addKey(alg);
    expect(await statusOf(bearer(make(), await as.sign({ aud: audience }, { key })))).toBe(200);
  });

  test("may have no kid, where its key is one of several", async () => {
    as.jwks = { keys: [] };
    await as.addKey("ES256", "");
    const key = await as.addKey("ES256", "");
    const good = await as.sign({ aud: audience }, { key, header: { kid: undefined } });
    expect(await statusOf(bearer(make(), good))).toBe(200);
    const { privateKey } = await generateKeyPair("ES256");
    const bad = await as.sign({ aud: audience }, { key: { ...key, privateKey }, header: { kid: undefined } });
    expect(await statusOf(bearer(make(), bad))).toBe(401);
  });
});

/** Tokens that are wrong in one thing each, with what the log says of it. */
const BAD: [string, () => Promise<string>, RegExp][] = [
  ["expired", () => as.sign({ aud: audience, exp: now() - 3600 }), /"exp" claim/],
  ["not good yet", () => as.sign({ aud: audience, nbf: now() + 3600 }), /"nbf" claim/],
  ["without an end", () => as.sign({ aud: audience, exp: undefined }), /"exp" claim/],
  ["for another resource", () => as.sign({ aud: "https://other.example.com" }), /meant for "https:\/\/other/],
  ["for another path of the host", () => as.sign({ aud: "https://mcp.example.com/other" }), /meant for/],
  ["for nobody", () => as.sign({}), /meant for undefined/],
  [
    "of an unknown issuer",
    () => as.sign({ aud: audience, iss: "https://evil.example.com" }),
    /Nobody here knows/,
  ],
  [
    "of an issuer with a slash more",
    () => as.sign({ aud: audience, iss: `${as.issuer}/` }),
    /Nobody here knows/,
  ],
  ["without subject", () => as.sign({ aud: audience, sub: undefined }), /"sub"/],
  ["with a subject that is no text", () => as.sign({ aud: audience, sub: 7 }), /"sub"/],
  ["an ID token", () => as.sign({ aud: audience }, { header: { typ: "JWT" } }), /typ is "jwt"/],
  ["without typ", () => as.sign({ aud: audience }, { header: { typ: undefined } }), /typ is "jwt"/],
  [
    "a logout token",
    () => as.sign({ aud: audience }, { header: { typ: "logout+jwt" } }),
    /typ is "logout\+jwt"/,
  ],
  ["with a critical header that is not known", () => criticalToken(), /"magic" is not recognized/],
  [
    "of an unknown key",
    async () => as.sign({ aud: audience }, { header: { kid: "nope" } }),
    /no applicable key/,
  ],
  ["signed by another key of that name", () => foreignToken(), /signature verification failed/],
  ["changed", async () => tampered(await as.sign({ aud: audience })), /signature verification failed/],
  ["without signature", async () => `${(await as.sign({ aud: audience })).split(".", 2).join(".")}.`, /./],
  ["with the algorithm none", async () => unsigned({ alg: "none", typ: "at+jwt" }), /not allowed/i],
  ["with the public key as a secret", () => confusedToken(), /not allowed/i],
  [
    "bound to a certificate",
    () => as.sign({ aud: audience, cnf: { "x5t#S256": "abc" } }),
    /bound to its sender/,
  ],
  ["bound to a key", () => as.sign({ aud: audience, cnf: { jkt: "abc" } }), /DPoP is not switched on/],
  ["bound to nothing that is known", () => as.sign({ aud: audience, cnf: "abc" }), /bound to its sender/],
  ["no JWT", async () => "abc", /Nobody here knows/],
  ["a JWT of nothing", async () => "e30.e30.e30", /Nobody here knows/],
  ["encrypted", async () => "a.b.c.d.e", /Nobody here knows/],
  ["what JSON it is not", async () => "a.!!.c".replace("!!", "Zm9v"), /Nobody here knows/],
];

async function criticalToken(): Promise<string> {
  const { kid, privateKey } = as.keys[0]!;
  const claims = { iss: as.issuer, sub: "ada", aud: audience, exp: now() + 300 };
  return new CompactSign(encoder.encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "ES256", kid, typ: "at+jwt", crit: ["magic"], magic: true } as never)
    .sign(privateKey, { crit: { magic: true } });
}

async function foreignToken(): Promise<string> {
  const { privateKey } = await generateKeyPair("ES256");
  return as.sign({ aud: audience }, { key: { ...as.keys[0]!, privateKey } });
}

function tampered(token: string): string {
  const [head, body = "", signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  return [head, Buffer.from(JSON.stringify({ ...claims, sub: "eve" })).toString("base64url"), signature].join(
    ".",
  );
}

function unsigned(header: object): string {
  const claims = { iss: as.issuer, sub: "eve", aud: audience, exp: now() + 300 };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode(header)}.${encode(claims)}.`;
}

async function confusedToken(): Promise<string> {
  const key = await as.addKey("RS256");
  const secret = encoder.encode(await exportSPKI(key.publicKey));
  return new SignJWT({ aud: audience })
    .setProtectedHeader({ alg: "HS256", kid: key.kid, typ: "at+jwt" })
    .setIssuer(as.issuer)
    .setSubject("eve")
    .setExpirationTime("5m")
    .sign(secret);
}

describe("a token that is", () => {
  test.each(BAD)(
    "%s is refused, and only the log says why [2026-07-28/authorization/secure-token-storage] [2025-11-25/authorization/secure-token-storage] [2026-07-28/authorization/invalid-token-401] [2025-11-25/authorization/invalid-token-401] [2026-07-28/authorization/own-audience-only] [2025-11-25/authorization/own-audience-only]",
    async (_, sign, reason) => {
      const token = await sign();
      expect(await bearer(make(), token)).toEqual({
        status: 401,
        message: "Not authorized: invalid_token.",
        challenges: [
          'Bearer error="invalid_token", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", ' +
            'error_description="The access token is expired, revoked, or not valid for this server"',
        ],
      });
      expect(logger.lines.map(({ level }) => level)).toEqual(["debug"]);
      expect(logger.lines[0]?.message).toMatch(reason);
      expect(logger.text()).not.toContain(token);
    },
  );

  test.each([
    ["empty", "Bearer"],
    ["made of several", "Bearer a b"],
    ["sent twice", "Bearer a, Bearer b"],
    ["quoted", 'Bearer "a"'],
    ["not of its characters", "Bearer ü"],
    ["too long", `Bearer ${"a".repeat(16_385)}`],
  ])(
    "%s is a malformed request [2026-07-28/authorization/status-codes] [2025-11-25/authorization/status-codes]",
    async (_, authorization) => {
      const headers = { get: (name: string) => (name === "authorization" ? authorization : null) };
      const request = { method: "POST", url: "/mcp", headers, remoteAddress: undefined };
      await expect(async () => make().authenticate(request)).rejects.toMatchObject({ status: 400 });
    },
  );

  test("of a type that was allowed is taken, and only that", async () => {
    const auth = make({ types: ["JWT"] });
    expect(await statusOf(bearer(auth, await as.sign({ aud: audience }, { header: { typ: "JWT" } })))).toBe(
      200,
    );
    expect(
      await statusOf(bearer(auth, await as.sign({ aud: audience }, { header: { typ: undefined } }))),
    ).toBe(200);
    expect(await statusOf(bearer(auth, await as.sign({ aud: audience })))).toBe(401);
    const long = await as.sign({ aud: audience }, { header: { typ: "application/AT+JWT" } });
    expect(await statusOf(bearer(make(), long))).toBe(200);
  });

  test("signed with an algorithm that is not among those allowed is refused", async () => {
    const auth = make({ algorithms: ["RS256"] });
    expect(await statusOf(bearer(auth, await as.sign({ aud: audience })))).toBe(401);
    expect(logger.text()).toMatch(/not allowed/i);
  });
});

describe("discovery", () => {
  const places = (issuer: string) => {
    const { origin, pathname } = new URL(issuer);
    const path = pathname === "/" ? "" : pathname;
    const inserted = [
      `/.well-known/oauth-authorization-server${path}`,
      `/.well-known/openid-configuration${path}`,
    ];
    return {
      origin,
      all: path === "" ? inserted : [...inserted, `${path}/.well-known/openid-configuration`],
    };
  };

  test.each([
    ["", 2],
    ["/tenant1", 3],
    ["/a/b", 3],
  ] as const)('looks in all places in their order for an issuer with the path "%s"', async (path, count) => {
    const { all } = places(`http://127.0.0.1${path}`);
    expect(all).toHaveLength(count);
    for (const place of all) {
      const server = await TestIssuer.start(path);
      for (const other of all) server.answers.delete(other);
      server.answers.set(place, () => ({ body: server.metadata() }));
      const auth = jwt({ issuer: server.issuer, audience, logger });
      expect(await statusOf(bearer(auth, await server.sign({ aud: audience })))).toBe(200);
      expect(server.requests).toEqual([...all.slice(0, all.indexOf(place) + 1), "/jwks"]);
    }
  });

  test("does not believe metadata of another issuer", async () => {
    const metadata = { ...as.metadata(), issuer: "https://honest.example.com" };
    as.answers.set("/.well-known/oauth-authorization-server", () => ({ body: metadata }));
    expect(await statusOf(bearer(make(), await as.sign({ aud: audience })))).toBe(503);
    expect(as.count("/jwks")).toBe(0);
  });

  test("does not fetch keys without TLS from another machine [2026-07-28/authorization/https-only] [2025-11-25/authorization/https-only]", async () => {
    const metadata = { ...as.metadata(), jwks_uri: "http://keys.example.com/jwks" };
    as.answers.set("/.well-known/oauth-authorization-server", () => ({ body: metadata }));
    expect(await statusOf(bearer(make(), await as.sign({ aud: audience })))).toBe(503);
    expect(logger.text()).toContain("no usable jwks_uri");
  });

  test.each<[string, { status?: number; body?: unknown }]>([
    ["an error", { status: 500 }],
    ["no JSON", { body: "<html>" }],
    ["a list", { body: [] }],
    ["more than it may", { body: { keys: [], more: "x".repeat(1024 * 1024) } }],
  ])("takes a server for away that answers %s, and asks it no more for a while", async (_, answer) => {
    as.answers.set("/jwks", () => answer);
    const auth = make();
    for (let i = 0; i < 3; i++) {
      const told = await bearer(auth, await as.sign({ aud: audience, i }));
      expect(told).toMatchObject({ status: 503, challenges: [] });
    }
    expect(as.count("/jwks")).toBe(1);
    expect(logger.lines.every(({ level }) => level === "warn")).toBe(true);
  });

  test("is not needed where the address of the keys, or the keys, are given", async () => {
    const token = await as.sign({ aud: audience });
    for (const jwks of [`${new URL(as.issuer).origin}/jwks`, new URL("/jwks", as.issuer), as.jwks]) {
      expect(await statusOf(bearer(make({ jwks }), token))).toBe(200);
    }
    expect(as.requests).toEqual(["/jwks", "/jwks"]);
  });
});

describe("keys", () => {
  test("are fetched once for many tokens, also at once", async () => {
    const auth = make();
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => as.sign({ aud: audience, i })));
    const told = await Promise.all(tokens.map((token) => statusOf(bearer(auth, token))));
    expect(new Set(told)).toEqual(new Set([200]));
    expect(as.requests).toEqual(["/.well-known/oauth-authorization-server", "/jwks"]);
  });

  test("are looked for anew when one is not known, though not at every attempt", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make();
    const good = async () => bearer(auth, await as.sign({ aud: audience, n: Math.random() }));
    expect(await statusOf(good())).toBe(200);
    const key = await as.addKey();
    const fresh = () => as.sign({ aud: audience, n: Math.random() }, { key });
    // Just fetched: made-up kids must not make the server ask.
    expect(await statusOf(bearer(auth, await fresh()))).toBe(401);
    expect(as.count("/jwks")).toBe(1);
    vi.setSystemTime(Date.now() + 31_000);
    expect(await statusOf(bearer(auth, await fresh()))).toBe(200);
    expect(await statusOf(good())).toBe(200);
    expect(as.count("/jwks")).toBe(2);
  });

  test("that are withdrawn count no longer, also for tokens that are remembered", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make();
    const token = await as.sign({ aud: audience, exp: now() + 7200 });
    expect(await statusOf(bearer(auth, token))).toBe(200);
    as.jwks = { keys: [] };
    await as.addKey("ES256", "other");
    vi.setSystemTime(Date.now() + 601_000);
    expect(await statusOf(bearer(auth, token))).toBe(401);
  });

  test("are used on for an hour while they cannot be fetched", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make();
    const token = () => as.sign({ aud: audience, n: Math.random() });
    expect(await statusOf(bearer(auth, await token()))).toBe(200);
    as.answers.set("/jwks", () => ({ status: 500 }));
    vi.setSystemTime(Date.now() + 700_000);
    for (let i = 0; i < 3; i++) expect(await statusOf(bearer(auth, await token()))).toBe(200);
    expect(as.count("/jwks")).toBe(2);
    // An unknown key may be a new one, which cannot be told now.
    expect(await statusOf(bearer(auth, await as.sign({ aud: audience }, { header: { kid: "new" } })))).toBe(
      503,
    );
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(await statusOf(bearer(auth, await token()))).toBe(503);
  });
});

describe("a token that was found good", () => {
  test("is remembered, and is refused when it has expired", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make({ clockSkewMs: 0 });
    const token = await as.sign({ aud: audience, exp: now() + 60 });
    const first = await principalOf(bearer(auth, token));
    const headers = new Headers({ authorization: `Bearer ${token}` });
    // At once, without a promise, and the same object.
    const request = { method: "POST", url: "/mcp", headers, remoteAddress: undefined };
    expect(auth.authenticate(request)).toBe(first);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await statusOf(bearer(auth, token))).toBe(401);
  });

  test.each([[{ maxCachedTokens: 0 }], [{ cacheMs: 0 }]])("is not remembered with %o", async (options) => {
    const auth = make(options);
    const token = await as.sign({ aud: audience });
    const first = await principalOf(bearer(auth, token));
    expect(await principalOf(bearer(auth, token))).not.toBe(first);
  });

  test("gives way to others where there is no more room", async () => {
    const auth = make({ maxCachedTokens: 2 });
    const tokens = await Promise.all([1, 2, 3].map((i) => as.sign({ aud: audience, i })));
    const found = [];
    for (const token of tokens) found.push(await principalOf(bearer(auth, token)));
    expect(await principalOf(bearer(auth, tokens[2]!))).toBe(found[2]);
    expect(await principalOf(bearer(auth, tokens[1]!))).toBe(found[1]);
    expect(await principalOf(bearer(auth, tokens[0]!))).not.toBe(found[0]);
  });
});

describe("several issuers", () => {
  test("are tenants of their own, and none speaks for another", async () => {
    const other = await TestIssuer.start("/other");
    const auth = jwt({ issuer: [as.issuer, other.issuer], audience, logger });
    const mine = await principalOf(bearer(auth, await as.sign({ aud: audience })));
    const theirs = await principalOf(bearer(auth, await other.sign({ aud: audience })));
    expect([mine?.tenant, theirs?.tenant]).toEqual([as.issuer, other.issuer]);
    const forged = await other.sign({ aud: audience, iss: as.issuer });
    expect(await statusOf(bearer(auth, forged))).toBe(401);
  });

  test("may name tenants of their own", async () => {
    const other = await TestIssuer.start();
    const issuer = [
      { issuer: as.issuer, tenant: "acme" },
      { issuer: other.issuer, tenantClaim: "org" },
    ];
    const auth = jwt({ issuer, audience, logger });
    expect((await principalOf(bearer(auth, await as.sign({ aud: audience, org: "evil" }))))?.tenant).toBe(
      "acme",
    );
    expect((await principalOf(bearer(auth, await other.sign({ aud: audience, org: "b" }))))?.tenant).toBe(
      "b",
    );
    expect(await statusOf(bearer(auth, await other.sign({ aud: audience })))).toBe(401);
  });
});

test.each<[string, object, RegExp]>([
  [
    "an issuer without TLS [2026-07-28/authorization/https-only] [2025-11-25/authorization/https-only]",
    { issuer: "http://as.example.com" },
    /issuer: expected https/,
  ],
  ["an issuer that is no URL", { issuer: "as" }, /issuer: expected an https URL/],
  ["no issuer", { issuer: [] }, /at least one issuer/],
  ["keys without TLS", { jwks: "http://as.example.com/jwks" }, /jwks: expected https/],
  ["no audience", { audience: [] }, /audience/],
  ["an empty audience", { audience: "" }, /audience/],
  ["the algorithm none", { algorithms: ["none"] }, /got none/],
  ["a secret's algorithm", { algorithms: ["HS256"] }, /got HS256/],
  ["a resource that is no URL", { resource: "mcp" }, /resource: expected/],
  ["a resource with a fragment", { resource: "https://a.example.com/#b" }, /without a fragment/],
  [
    "one claim for the tenants of several issuers",
    { issuer: ["https://a.example.com", "https://b.example.com"], tenantClaim: "org" },
    /tenants of another/,
  ],
  ["proofs without an address", { audience: "my-api", dpop: true }, /resource must be/],
  ["a short secret for nonces", { dpop: { nonceSecret: "short" } }, /at least 32/],
  ["proofs signed with a secret", { dpop: { algorithms: ["HS256"] } }, /HS256 has no public key/],
])("%s is refused when it is configured", (_, options, message) => {
  expect(() => jwt({ issuer: "https://as.example.com", audience, ...options } as JwtOptions)).toThrow(
    message,
  );
});
