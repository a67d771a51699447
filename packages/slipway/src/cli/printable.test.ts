import { describe, expect, test } from "vitest";
import { onOneLine, printable, printableJson } from "./printable.ts";

const NASTY = "a\u001b[2J\u0007\u009b1m\u202eb\u{e0041}\u2028c";

describe("what a server says", () => {
  test("has no control characters left, and shows where they were", () => {
    expect(printable(NASTY)).toBe("a\\x1b[2J\\x07\\x9b1m\\u{202e}b\\u{e0041}\\u{2028}c");
  });

  test("keeps its lines, and tells a carriage return from a line's end", () => {
    expect(printable("a\r\nb\n\tc\rd")).toBe("a\nb\n\tc\\x0dd");
    expect(onOneLine("a\r\nb\n\tc")).toBe("a b c");
  });

  test("keeps letters of every kind", () => {
    for (const text of ["Größe", "日本語", "עברית", "e\u0301", "👩‍🚀", "€"])
      expect(printable(text)).toBe(text);
  });

  test("is the same value in JSON", () => {
    const value = { [NASTY]: [NASTY] };
    const text = printableJson(value, 2);
    expect(JSON.parse(text)).toEqual(value);
    expect(printable(text)).toBe(text);
  });
});
