import type { IncomingMessage } from "node:http";
import { type IntrospectionOptions, introspection } from "slipway/auth";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { ask, bearer, principalOf, statusOf } from "./ask.ts";
import { TestIssuer } from "./authorization-server.ts";

const audience = "https://mcp.example.com/mcp";
const now = () => Math.floor(Date.now() / 1000);
const active = () => ({
  active: true,
  sub: "ada",
  aud: audience,
  scope: "read",
  client_id: "app",
  exp: now() + 300,
});

let as: TestIssuer;
let logger: ReturnType<typeof recordingLogger>;
let asked: { authorization: string | undefined; body: URLSearchParams }[];
beforeEach(async () => {
  as = await TestIssuer.start();
  logger = recordingLogger();
  asked = [];
});
afterEach(() => void vi.useRealTimers());

/** Lets the authorization server answer. */
function answer(body: object | string, status = 200): void {
  as.answers.set("/introspect", (request: IncomingMessage, text: string) => {
    asked.push({ authorization: request.headers.authorization, body: new URLSearchParams(text) });
    return { status, body };
  });
}

const make = (options: Partial<IntrospectionOptions> = {}) =>
  introspection({
    issuer: as.issuer,
    audience,
    clientId: "mcp server",
    clientSecret: "p@ss:word",
    logger,
    ...options,
  });

test("a token that is active names its principal", async () => {
  const exp = Math.floor(Date.now() / 1000) + 200;
  answer({ ...active(), org: "acme", exp });
  expect(await principalOf(bearer(make({ tenantClaim: "org" }), "opaque"))).toEqual({
    subject: "ada",
    tenant: "acme",
    clientId: "app",
    scopes: ["read"],
    // With the tolerance for clocks that differ.
    expiresAt: (exp + 30) * 1000,
    claims: expect.objectContaining({ org: "acme" }),
  });
  expect(as.requests).toEqual(["/.well-known/oauth-authorization-server", "/introspect"]);
  expect(Object.fromEntries(asked[0]!.body)).toEqual({ token: "opaque", token_type_hint: "access_token" });
  // Each of the two is encoded as in a form before they are put together.
  expect(asked[0]!.authorization).toBe(`Basic ${btoa("mcp+server:p%40ss%3Aword")}`);
});

test("the server may name itself in the body, and be asked at an address that is given", async () => {
  answer(active());
  const endpoint = `${as.issuer}/introspect`;
  expect(await statusOf(bearer(make({ endpoint, clientAuthentication: "client_secret_post" }), "t"))).toBe(
    200,
  );
  expect(as.requests).toEqual(["/introspect"]);
  expect(asked[0]!.authorization).toBeUndefined();
  expect(Object.fromEntries(asked[0]!.body)).toMatchObject({
    client_id: "mcp server",
    client_secret: "p@ss:word",
  });
});

describe("a token is refused", () => {
  test.each<[string, () => object]>([
    ["that is not active", () => ({ active: false })],
    ["of which nothing is said", () => ({ sub: "ada", aud: audience })],
    ["that is active in words only", () => ({ ...active(), active: "true" })],
    ["that has expired all the same", () => ({ ...active(), exp: now() - 60 })],
    ["that is not good yet", () => ({ ...active(), nbf: now() + 60 })],
    ["that is meant for another", () => ({ ...active(), aud: "https://other.example.com" })],
    ["that is meant for nobody", () => ({ ...active(), aud: undefined })],
    ["without subject", () => ({ ...active(), sub: undefined })],
    ["that is bound to a key", () => ({ ...active(), cnf: { jkt: "abc" } })],
    ["that is bound to a certificate", () => ({ ...active(), cnf: { "x5t#S256": "abc" } })],
  ])("%s", async (_, body) => {
    answer(body());
    expect(await bearer(make(), "opaque")).toMatchObject({
      status: 401,
      message: "Not authorized: invalid_token.",
    });
    expect(logger.lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test("that came as DPoP", async () => {
    answer(active());
    expect(await statusOf(ask(make(), { headers: { authorization: "DPoP opaque" } }))).toBe(401);
  });
});

test("no audience is needed where that was said", async () => {
  answer({ ...active(), aud: undefined });
  expect(await statusOf(bearer(make({ audienceOptional: true }), "t"))).toBe(200);
  answer({ ...active(), aud: "https://other.example.com" });
  expect(await statusOf(bearer(make({ audienceOptional: true }), "t"))).toBe(401);
});

describe("an authorization server that", () => {
  test.each<[string, object | string, number]>([
    ["does not know this server", { error: "invalid_client" }, 401],
    ["fails", {}, 500],
    ["says what is no JSON", "<html>", 200],
  ])("%s is taken for away, and nothing of it is told", async (_, body, status) => {
    answer(body, status);
    expect(await bearer(make(), "opaque")).toEqual({
      status: 503,
      message: "Callers cannot be authenticated now: try again in a moment.",
      challenges: [],
    });
    expect(logger.lines.map(({ level }) => level)).toEqual(["warn"]);
    expect(logger.text()).not.toContain("p@ss");
  });

  test("takes its time is not waited for", async () => {
    as.answers.delete("/introspect");
    const never = () => new Promise<Response>((_, reject) => setTimeout(() => reject(new Error("late")), 20));
    expect(await statusOf(bearer(make({ http: { fetch: never } }), "t"))).toBe(503);
  });
});

describe("an answer", () => {
  test("is remembered for a time, and asked for once by many at once", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make({ cacheMs: 10_000 });
    answer(active());
    const told = await Promise.all(Array.from({ length: 10 }, () => statusOf(bearer(auth, "good"))));
    expect(new Set(told)).toEqual(new Set([200]));
    expect(asked).toHaveLength(1);
    answer({ active: false });
    expect(await statusOf(bearer(auth, "good"))).toBe(200);
    expect(await statusOf(bearer(auth, "bad"))).toBe(401);
    expect(await statusOf(bearer(auth, "bad"))).toBe(401);
    expect(asked).toHaveLength(2);
    vi.setSystemTime(Date.now() + 10_001);
    expect(await statusOf(bearer(auth, "good"))).toBe(401);
    expect(asked).toHaveLength(3);
  });

  test("is not remembered beyond the token's end", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const auth = make({ cacheMs: 600_000, clockSkewMs: 0 });
    answer({ ...active(), exp: now() + 60 });
    expect(await statusOf(bearer(auth, "t"))).toBe(200);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await statusOf(bearer(auth, "t"))).toBe(401);
    expect(asked).toHaveLength(2);
  });

  test("need not be remembered", async () => {
    const auth = make({ cacheMs: 0 });
    answer(active());
    for (let i = 0; i < 3; i++) expect(await statusOf(bearer(auth, "t"))).toBe(200);
    expect(asked).toHaveLength(3);
  });

  test("that is bad pushes none out that is good", async () => {
    const auth = make({ maxCachedTokens: 2 });
    answer(active());
    expect(await statusOf(bearer(auth, "good"))).toBe(200);
    answer({ active: false });
    for (let i = 0; i < 5; i++) expect(await statusOf(bearer(auth, `bad${i}`))).toBe(401);
    expect(await statusOf(bearer(auth, "good"))).toBe(200);
  });
});

test.each<[string, object, RegExp]>([
  ["an issuer without TLS", { issuer: "http://as.example.com" }, /issuer: expected https/],
  ["an endpoint without TLS", { endpoint: "http://as.example.com/x" }, /endpoint: expected https/],
  ["no audience", { audience: "" }, /audience/],
])("%s is refused when it is configured", (_, options, message) => {
  expect(() => make(options as Partial<IntrospectionOptions>)).toThrow(message);
});
