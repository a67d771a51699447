import fc from "fast-check";
import { expect, it } from "vitest";
import { fromBase64Url, toBase64, toBase64Url } from "./base64.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

it("writes base64 as everybody does", () => {
  fc.assert(
    fc.property(bytes, (each) => {
      expect(toBase64(each)).toBe(Buffer.from(each).toString("base64"));
      expect(toBase64Url(each)).toBe(Buffer.from(each).toString("base64url"));
    }),
  );
});

it("reads what it wrote", () => {
  fc.assert(
    fc.property(bytes, (each) => {
      expect(fromBase64Url(toBase64Url(each))).toEqual(each);
    }),
  );
});

it("reads nothing else", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 8 }), (text) => {
      const read = fromBase64Url(text);
      if (read !== undefined) expect(toBase64Url(read)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
  for (const text of ["A", "AAAAA", "AB", "AAB", "AA==", "A A", "AA\n", "+/", "é", "\u{1f6a2}"]) {
    expect(fromBase64Url(text)).toBeUndefined();
  }
});
