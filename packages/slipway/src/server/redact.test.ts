import { describe, expect, test } from "vitest";
import { Redactor } from "./redact.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWl0";
const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----";

/** Texts, and what remains of them. */
const TEXTS: readonly (readonly [text: string, rest: string])[] = [
  ["Authorization: Bearer swordfish", "Authorization: [redacted]"],
  ["sent Bearer abc123def456 on", "sent Bearer [redacted] on"],
  ["Basic dXNlcjpwYXNz", "Basic [redacted]"],
  ["DPoP kz~8mXK1EalYznwH", "DPoP [redacted]"],
  ["proxy-authorization=Basic dXNlcjpw", "proxy-authorization=[redacted]"],
  ["Set-Cookie: sid=1; Path=/\nAccept: a", "Set-Cookie: [redacted]\nAccept: a"],
  [`the token ${JWT}, so`, "the token [redacted], so"],
  [`a\n${PEM}\nb`, "a\n[redacted]\nb"],
  [`${PEM.slice(0, 45)}`, "[redacted]"],
  ["-----BEGIN PUBLIC KEY-----\nabc", "-----BEGIN PUBLIC KEY-----\nabc"],
  ["postgres://ada:hunter2@db:5432/x", "postgres://ada:[redacted]@db:5432/x"],
  ["https://a.example:8080/p?mail=a@b", "https://a.example:8080/p?mail=a@b"],
  ["https://a.example/?access_token=abc&x=1", "https://a.example/?access_token=[redacted]&x=1"],
  ["DB_PASSWORD=hunter2 and more", "DB_PASSWORD=[redacted] and more"],
  ["password: hunter2", "password: [redacted]"],
  ["token=Bearer abc", "token=[redacted]"],
  ['{"client_secret":"a \\" b","id":1}', '{"client_secret":[redacted],"id":1}'],
  ['{\\"apiKey\\":\\"abc\\"}', '{\\"apiKey\\":[redacted]'],
  ["{'api-key': 'abc', x: 1}", "{'api-key': [redacted], x: 1}"],
  ["ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[redacted]"],
  ["key sk-proj-abcdefghijklmnop1234", "key [redacted]"],
  ["AKIAIOSFODNN7EXAMPLE", "[redacted]"],
  ["xoxb-123456789012-abcdefghij", "[redacted]"],
];

const HARMLESS = [
  "Basic functionality of the bearer authentication",
  "used 512 tokens, maxTokens=512 of max_tokens: 1024",
  "secrets of the trade",
  "disk-usage-of-the-whole-machine",
  "https://example.com:8080/a@b",
  "progress 3 of 7",
  "eyJ",
  "",
];

describe("texts", () => {
  test.each(TEXTS)("%s", (text, rest) => {
    const redactor = new Redactor();
    expect(redactor.redact(text)).toBe(rest);
    expect(redactor.redact(rest)).toBe(rest);
    if (text !== rest) expect(redactor.count).toBeGreaterThan(0);
  });

  test.each(HARMLESS)("stay as they are: %s", (text) => {
    const redactor = new Redactor();
    expect(redactor.redact(text)).toBe(text);
    expect(redactor.count).toBe(0);
  });

  test("which are long and nearly secret take linear time", () => {
    const redactor = new Redactor();
    const parts = [
      "eyJ",
      "eyJ-",
      "://a:",
      ":///",
      "a://",
      "token",
      "token ",
      "token\\",
      'token:"',
      "Bearer ",
      "sk-",
    ];
    const more = [
      "-----BEGIN PRIVATE KEY-----",
      "-----BEGIN ",
      "-----END A",
      "A ",
      "\\",
      '"',
      "cookie",
      "cookie: ",
    ];
    for (const part of [...parts, ...more]) redactor.redact(part.repeat(400_000 / part.length));
  }, 20_000);
});

describe("members", () => {
  const clean = (value: unknown, settings = {}) => new Redactor(settings).redact(value);

  test.each([
    "password",
    "Passwd",
    "userPassword",
    "DB_PASSWORD",
    "passphrase",
    "secret",
    "client_secret",
    "secretAccessKey",
    "credentials",
    "authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
    "token",
    "accessToken",
    "refresh_tokens",
    "api_key",
    "x-api-key",
    "apikey",
    "privateKey",
    "requestState",
    "jwt",
    "auth",
    "pin",
  ])("%s", (name) => {
    expect(clean({ a: [{ [name]: "x" }] })).toEqual({ a: [{ [name]: "[redacted]" }] });
    expect(clean({ [name]: { value: ["x"], ok: true } })).toEqual({
      [name]: { value: ["[redacted]"], ok: true },
    });
  });

  test.each(["name", "tokenizer", "author", "key", "monkeys", "keys", "spinning", "cookieBanner"])(
    "stay as they are: %s",
    (name) => {
      expect(clean({ [name]: "x" })).toEqual({ [name]: "x" });
    },
  );

  test("which are numbers go only where a number can be secret", () => {
    expect(clean({ password: 1234, otp: 7, accessToken: 9 })).toEqual({
      password: "[redacted]",
      otp: "[redacted]",
      accessToken: "[redacted]",
    });
    const counts = { tokens: { input: 12, output: 30 }, maxTokens: 5, passwordLength: 8, secrets: 2 };
    expect(clean(counts)).toEqual(counts);
    const flags = { password: true, token: null, secret: "" };
    expect(clean(flags)).toEqual(flags);
  });

  test("of lists of headers go by the name before them", () => {
    expect(clean(["Host", "a", "Cookie", "sid=1", "Accept", "b"])).toEqual([
      "Host",
      "a",
      "Cookie",
      "[redacted]",
      "Accept",
      "b",
    ]);
    expect(clean([["authorization", "abc"]])).toEqual([["authorization", "[redacted]"]]);
  });

  test("are not changed where they came from, and no prototype is written to", () => {
    const value = JSON.parse('{"__proto__":{"token":"x"},"password":"y"}') as object;
    const kept = JSON.stringify(value);
    expect(JSON.stringify(clean(value))).toBe('{"__proto__":{"token":"[redacted]"},"password":"[redacted]"}');
    expect(JSON.stringify(value)).toBe(kept);
    expect({}).not.toHaveProperty("token");
  });

  test("and texts of one's own", () => {
    const settings = { keys: ["card-number"], patterns: [/\b\d{4}-\d{4}\b/] };
    expect(clean({ cardNumber: 4111, note: "1234-5678 and 8765-4321" }, settings)).toEqual({
      cardNumber: "[redacted]",
      note: "[redacted] and [redacted]",
    });
    expect(() => clean("", { keys: ["--"] })).toThrow(/redact\.keys: expected names/);
    expect(() => clean("", { patterns: ["x"] })).toThrow(/redact\.patterns: expected regular expressions/);
  });
});

describe("credentials of a request", () => {
  const of = (headers: { [name: string]: string }, keys: string[] = []) =>
    new Redactor({ keys }).credentialsOf({ headers: { get: (name) => headers[name] ?? null } });

  test("are known without their schemes and names, the longest first", () => {
    expect(of({ authorization: "Bearer abcdef" })).toEqual(["abcdef"]);
    expect(of({ authorization: "abcdef ghijkl" })).toEqual(["ghijkl"]);
    expect(of({ cookie: "a=1; sid=abcdefg; other=abcdefgh=" })).toEqual(["abcdefgh=", "abcdefg"]);
    expect(of({ "x-own": "abcdef" }, ["x-own", "no header\n"])).toEqual(["abcdef"]);
    expect(of({ authorization: "Bearer abc" })).toEqual([]);
    expect(new Redactor().credentialsOf(undefined)).toEqual([]);
  });

  test("are left out of texts and names, wherever they stand", () => {
    const redactor = new Redactor();
    expect(redactor.redact({ "a swordfish": ["xswordfishx"] }, ["swordfish"])).toEqual({
      "a [redacted]": ["x[redacted]x"],
    });
    expect(redactor.count).toBe(2);
  });
});
