import { createHash } from "node:crypto";
import { type ApiKey, apiKeys, createApiKey, hashApiKey } from "slipway/auth";
import { describe, expect, test } from "vitest";
import { recordingLogger } from "../recording-logger.ts";
import { ask, bearer, principalOf, statusOf } from "./ask.ts";

const logger = recordingLogger();
const ada = createApiKey("acme");
const job = createApiKey();
const inAMinute = new Date(Date.now() + 60_000);
const keys: ApiKey[] = [
  { hash: ada.hash, subject: "ada", tenant: "acme", scopes: ["read"], claims: { plan: "pro" } },
  { hash: job.hash, subject: "job", tenant: "bolt", expiresAt: inAMinute },
];

describe("a key", () => {
  test("is drawn at random, and kept as its hash alone", () => {
    expect(ada.key).toMatch(/^acme_[\w-]{43}$/);
    expect(job.key).toMatch(/^key_[\w-]{43}$/);
    expect(ada.hash).toBe(`sha256:${createHash("sha256").update(ada.key).digest("hex")}`);
    expect(hashApiKey(ada.key)).toBe(ada.hash);
    expect(new Set(Array.from({ length: 100 }, () => createApiKey().key)).size).toBe(100);
  });

  test("names its principal, without what is kept of the key", async () => {
    const auth = apiKeys({ keys, logger });
    expect(await principalOf(bearer(auth, ada.key))).toEqual({
      subject: "ada",
      tenant: "acme",
      scopes: ["read"],
      claims: { plan: "pro" },
    });
    expect(await principalOf(bearer(auth, job.key))).toEqual({
      subject: "job",
      tenant: "bolt",
      expiresAt: inAMinute.getTime(),
    });
  });

  test.each<[string, () => string]>([
    ["that was never given out", () => createApiKey().key],
    ["that is cut short", () => ada.key.slice(0, -1)],
    ["that is longer", () => `${ada.key}a`],
    ["of other letters", () => ada.key.toUpperCase()],
    ["that is the hash itself", () => ada.hash.replace(":", "")],
    ["called __proto__", () => "__proto__"],
  ])("%s is refused", async (_, key) => {
    expect(await bearer(apiKeys({ keys, logger }), key())).toEqual({
      status: 401,
      message: "Not authorized: invalid_token.",
      challenges: [expect.stringMatching(/^Bearer error="invalid_token", error_description=/)],
    });
  });

  test("that has expired is refused", async () => {
    const expired = [{ ...keys[0]!, expiresAt: new Date(Date.now() - 1) }];
    expect(await statusOf(bearer(apiKeys({ keys: expired, logger }), ada.key))).toBe(401);
    expect(logger.text()).toContain('The key of "ada" has expired.');
    expect(logger.text()).not.toContain(ada.key);
  });

  test("may be looked for elsewhere, by its hash", async () => {
    const asked: string[] = [];
    const find = async (hash: string) => {
      asked.push(hash);
      return keys.find((key) => key.hash === hash);
    };
    const auth = apiKeys({ keys: find, logger });
    expect(await principalOf(bearer(auth, ada.key))).toMatchObject({ subject: "ada" });
    expect(await statusOf(bearer(auth, "nope"))).toBe(401);
    expect(asked).toEqual([ada.hash, hashApiKey("nope")]);
  });

  test("is compared, whatever the lookup gives", async () => {
    expect(await statusOf(bearer(apiKeys({ keys: () => keys[0], logger }), "nope"))).toBe(401);
    expect(
      await statusOf(bearer(apiKeys({ keys: () => ({ subject: "x", hash: "" }), logger }), "nope")),
    ).toBe(401);
  });

  test("may come in a header of its own", async () => {
    const auth = apiKeys({ keys, header: "X-API-Key", logger });
    expect(await principalOf(ask(auth, { headers: { "x-api-key": ada.key } }))).toMatchObject({
      subject: "ada",
    });
    expect(await statusOf(ask(auth, { headers: { "x-api-key": "nope" } }))).toBe(401);
    expect(await statusOf(bearer(auth, ada.key))).toBe(401);
  });

  test("is not taken for a token that is bound to a key", async () => {
    const auth = apiKeys({ keys, logger });
    expect(await statusOf(ask(auth, { headers: { authorization: `DPoP ${ada.key}` } }))).toBe(401);
  });

  test("counts for no more than its scopes", async () => {
    const auth = apiKeys({ keys, requiredScopes: ["read"], logger });
    expect(await statusOf(bearer(auth, ada.key))).toBe(200);
    expect(await statusOf(bearer(auth, job.key))).toBe(403);
  });
});

test.each<[string, ApiKey[], RegExp]>([
  ["a key in place of its hash", [{ hash: ada.key, subject: "ada" }], /hash of the key of "ada"/],
  ["the same key twice", [keys[0]!, { ...keys[0]!, subject: "eve" }], /"eve" has the key of another/],
])("%s is refused when it is configured", (_, wrong, message) => {
  expect(() => apiKeys({ keys: wrong })).toThrow(message);
});
