import { describe, expect, test } from "vitest";
import { addressKey, trustedProxies } from "./address.ts";
import { Network, parseIp } from "./ip.ts";

describe("addresses", () => {
  test.each([
    ["192.0.2.1", 0xc0000201n, 32],
    ["::ffff:192.0.2.1", 0xc0000201n, 32],
    ["::FFFF:C000:0201", 0xc0000201n, 32],
    ["::1", 1n, 128],
    ["::", 0n, 128],
    ["2001:db8::a:1", 0x20010db8_00000000_00000000_000a0001n, 128],
    ["2001:0DB8:0:0:0:0:000a:1", 0x20010db8_00000000_00000000_000a0001n, 128],
    ["fe80::1%eth0", 0xfe800000_00000000_00000000_00000001n, 128],
    ["1:2:3:4:5:6:7::", 0x00010002_00030004_00050006_00070000n, 128],
  ])("%s is read", (text, value, bits) => {
    expect(parseIp(text)).toEqual({ value, bits });
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "a.b.c.d",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::1",
    "::1.2.3",
    "localhost",
    "__proto__",
  ])("%j is none", (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  test.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "::ffff:10.1.1.1", true],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["0.0.0.0/0", "::1", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["::/0", "10.0.0.1", false],
  ])("%s has %s: %s", (network, address, expected) => {
    expect(new Network(network).has(parseIp(address) as never)).toBe(expected);
  });

  test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "nowhere", "::1/129", ""])(
    "%j is no network",
    (network) => {
      expect(() => trustedProxies([network])).toThrow(`got "${network}"`);
    },
  );

  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "20010db800010002::/64"],
    ["2001:db8:1:2:ffff::", "20010db800010002::/64"],
    ["::1", "0::/64"],
    ["no:address", "no:address"],
  ])("%s is counted as %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe("behind proxies", () => {
  const from = (remoteAddress: string | undefined, headers: { [name: string]: string } = {}) => ({
    remoteAddress,
    headers: new Headers(headers),
  });
  const find = trustedProxies(["10.0.0.0/8", "fd00::/8"]);
  const forwarded = (list: string) => from("10.0.0.1", { "x-forwarded-for": list });

  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["6.6.6.6, 203.0.113.9", "203.0.113.9"],
    ["6.6.6.6, 203.0.113.9, 10.2.2.2, 10.3.3.3", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    // Nobody but proxies: the farthest.
    ["10.2.2.2, 10.3.3.3", "10.2.2.2"],
    // What is no address was not written by a proxy.
    ["203.0.113.9, nonsense", "10.0.0.1"],
    ["203.0.113.9, ", "10.0.0.1"],
    ["203.0.113.9, nonsense, 10.3.3.3", "10.3.3.3"],
    ["", "10.0.0.1"],
  ])("X-Forwarded-For: %s is for %s", (list, client) => {
    expect(find(forwarded(list))).toBe(client);
  });

  test("what comes from elsewhere than a proxy says nothing by its headers", () => {
    expect(find(from("203.0.113.9", { "x-forwarded-for": "1.2.3.4" }))).toBe("203.0.113.9");
    expect(find(from(undefined, { "x-forwarded-for": "1.2.3.4" }))).toBeUndefined();
    expect(find(from("fd00::1", { "x-forwarded-for": "1.2.3.4" }))).toBe("1.2.3.4");
  });

  test("a header that the proxies do not write has no effect", () => {
    expect(find(from("10.0.0.1", { forwarded: "for=1.2.3.4" }))).toBe("10.0.0.1");
    const other = trustedProxies(["10.0.0.0/8"], { header: "forwarded" });
    expect(other(from("10.0.0.1", { "x-forwarded-for": "1.2.3.4" }))).toBe("10.0.0.1");
  });

  test.each([
    ["for=203.0.113.9", "203.0.113.9"],
    ["for=6.6.6.6, For=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"],
    ['proto=https; for="[2001:db8::1]:4711"', "2001:db8::1"],
    ['for="203.0.113.9:80", for=10.3.3.3', "203.0.113.9"],
    ["for=unknown", "10.0.0.1"],
    ["for=_hidden, for=10.3.3.3", "10.3.3.3"],
    ["proto=https", "10.0.0.1"],
  ])("Forwarded: %s is for %s", (value, client) => {
    const other = trustedProxies(["10.0.0.0/8"], { header: "forwarded" });
    expect(other(from("10.0.0.1", { forwarded: value }))).toBe(client);
  });
});
