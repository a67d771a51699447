import { HttpError, type Principal } from "slipway";
import { anyOf, apiKeys, createApiKey, custom, introspection, jwt } from "slipway/auth";
import { expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { ask, bearer, principalOf, statusOf } from "./ask.ts";
import { TestIssuer } from "./authorization-server.ts";

const audience = "https://mcp.example.com/mcp";
const logger = recordingLogger();

test("the first that knows what is presented decides", async () => {
  const [first, second, third] = await Promise.all([
    TestIssuer.start(),
    TestIssuer.start(),
    TestIssuer.start(),
  ]);
  const { key, hash } = createApiKey();
  third.answers.set("/introspect", (_, body) => ({
    body: body.includes("opaque") ? { active: true, sub: "opaque", aud: audience } : { active: false },
  }));
  const auth = anyOf([
    jwt({ issuer: first.issuer, audience, logger, requiredScopes: ["mcp"], scopesSupported: ["mcp"] }),
    jwt({ issuer: second.issuer, audience, tenant: "second" }),
    apiKeys({ keys: [{ hash, subject: "job" }] }),
    introspection({ issuer: third.issuer, audience, clientId: "a", clientSecret: "b" }),
  ]);
  const names = async (token: string) => (await principalOf(bearer(auth, token)))?.subject;
  expect(await names(await first.sign({ aud: audience, scope: "mcp" }))).toBe("ada");
  expect(await principalOf(bearer(auth, await second.sign({ aud: audience })))).toMatchObject({
    tenant: "second",
  });
  expect(await names(key)).toBe("job");
  expect(await names("opaque")).toBe("opaque");
  // One that is known and not good is not passed on.
  third.requests.length = 0;
  expect(await statusOf(bearer(auth, await first.sign({ aud: "https://other.example.com" })))).toBe(401);
  expect(await statusOf(bearer(auth, await first.sign({ aud: audience })))).toBe(403);
  expect(third.requests).toEqual([]);
  expect(await statusOf(bearer(auth, "nonsense"))).toBe(401);
  expect(await ask(auth)).toMatchObject({
    status: 401,
    challenges: [
      'Bearer scope="mcp", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    ],
  });
  const { body = "" } = auth.document({ method: "GET", url: "/.well-known/oauth-protected-resource" }) ?? {};
  expect(JSON.parse(body)).toMatchObject({
    authorization_servers: [first.issuer, second.issuer, third.issuer],
    scopes_supported: ["mcp"],
  });
});

test("nobody is let in unless that is said for all", async () => {
  const nobody = custom(() => undefined, { optional: true });
  expect(await statusOf(ask(anyOf([nobody])))).toBe(401);
  expect(await statusOf(ask(anyOf([nobody], { optional: true })))).toBe(200);
});

test("one resource is served, and at least one way to be let in", () => {
  expect(() => anyOf([])).toThrow("at least one");
  const at = (resource: string) => custom(() => undefined, { resource });
  expect(() => anyOf([at("https://a.example.com"), at("https://b.example.com")])).toThrow(
    "expected one resource",
  );
});

test("a function of one's own sees the request, and may refuse it in its own way", async () => {
  const auth = custom(
    async (token, request): Promise<Principal | undefined> => {
      if (token === "banned") throw new HttpError(403, "Go away.");
      const name = request.headers.get("x-client-cert-subject");
      return name === null ? undefined : { subject: name };
    },
    { logger },
  );
  expect(await principalOf(ask(auth, { headers: { "x-client-cert-subject": "ada" } }))).toEqual({
    subject: "ada",
  });
  expect(await statusOf(bearer(auth, "banned"))).toBe(403);
  expect(await statusOf(bearer(auth, "unknown"))).toBe(401);
  expect(await statusOf(ask(auth))).toBe(401);
  expect(await statusOf(ask(auth, { headers: { authorization: "DPoP a" } }))).toBe(401);
});

test("a token of the environment names a principal for stdio", async () => {
  const auth = custom((token) => (token === "good" ? { subject: "ada" } : undefined), { logger });
  expect(await auth.principalOf("good")).toEqual({ subject: "ada" });
  await expect(auth.principalOf("bad")).rejects.toThrow("Nobody here knows the token.");
  await expect(auth.principalOf("not one")).rejects.toThrow("malformed");
});

test("what a function of one's own throws otherwise is no refusal", async () => {
  const auth = custom(() => {
    throw new Error("broken");
  });
  await expect(ask(auth)).rejects.toThrow("broken");
});
