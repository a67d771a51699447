import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeSha256, sha256 } from "./sha256.ts";

const hex = (digest: Uint8Array) => Buffer.from(digest).toString("hex");

describe.each([
  ["of the runtime", sha256],
  ["computed", computeSha256],
])("%s", (_which, sha256) => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
  ])("is SHA-256, by the examples of the standard", (text, digest) => {
    expect(hex(sha256(text))).toBe(digest);
  });

  it("is SHA-256 for texts of any length and script", () => {
    for (let length = 0; length < 200; length++) {
      const text = "x".repeat(length);
      expect(hex(sha256(text))).toBe(createHash("sha256").update(text).digest("hex"));
    }
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(hex(sha256(text))).toBe(createHash("sha256").update(text).digest("hex"));
      }),
    );
  });
});
