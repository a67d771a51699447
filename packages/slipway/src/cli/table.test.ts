import { describe, expect, test } from "vitest";
import { table, widthOf, wrap } from "./table.ts";

describe("a table", () => {
  test("gives each column what it needs", () => {
    expect(
      table(
        [
          ["a", "bb", "c"],
          ["aaa", "b", ""],
        ],
        { indent: 1 },
      ),
    ).toEqual([" a    bb  c", " aaa  b"]);
  });

  test("wraps the last column below itself", () => {
    const lines = table([["name", "one two three four five six"]], { width: 30 });
    expect(lines).toEqual(["name  one two three four five", "      six"]);
  });

  test("is not pushed aside by one long cell", () => {
    const long = "x".repeat(40);
    expect(
      table([
        [long, "b"],
        ["a", "c"],
      ]),
    ).toEqual([long, "   b", "a  c"]);
  });

  test("counts columns of a terminal", () => {
    expect(widthOf("日本")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(widthOf("\u001b[31mred\u001b[39m")).toBe(3);
    expect(
      table([
        ["日本", "b"],
        ["abcd", "c"],
      ]),
    ).toEqual(["日本  b", "abcd  c"]);
  });
});

describe("wrapping", () => {
  test("breaks between words, and words that are longer than a line", () => {
    expect(wrap("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
    expect(wrap("abcdefgh ij", 3)).toEqual(["abc", "def", "gh", "ij"]);
    expect(wrap("a\n\nb", 5)).toEqual(["a", "", "b"]);
  });
});
