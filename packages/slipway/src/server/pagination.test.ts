import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { InvalidCursorError, paginate } from "./pagination.ts";

const self = (key: string): string => key;

function page(items: readonly string[], cursor: string | undefined, pageSize: number) {
  return paginate(items, self, cursor, pageSize);
}

/** All pages of a list; `change` gives the list as it is before each page. */
function pagesOf(pageSize: number, change: (page: number) => readonly string[]): string[][] {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = page(change(pages.length), cursor, pageSize);
    pages.push([...items]);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return pages;
}

describe("paginate", () => {
  it("gives a list that fits one page without a cursor", () => {
    expect(page(["a", "b"], undefined, 2)).toEqual({ items: ["a", "b"] });
    expect(page(["a", "b"], undefined, 2)).not.toHaveProperty("nextCursor");
    expect(page([], undefined, 2)).toEqual({ items: [] });
  });

  it("gives each item once, in the order of the keys", () => {
    expect(pagesOf(2, () => ["d", "a", "c", "e", "b"])).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(pagesOf(2, () => ["d", "a", "c", "b"])).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  it("does not change the list that it is given", () => {
    const items = Object.freeze(["b", "a"]);
    expect(page(items, undefined, 2).items).toEqual(["a", "b"]);
    expect(items).toEqual(["b", "a"]);
  });

  it("orders by UTF-16 code unit, wherever the server runs", () => {
    expect(page(["ä", "b", "Z", "a", "10", "9"], undefined, 9).items).toEqual([
      "10",
      "9",
      "Z",
      "a",
      "b",
      "ä",
    ]);
  });

  it("goes on after an item that is gone", () => {
    const { nextCursor } = page(["a", "b", "c", "d"], undefined, 2);
    expect(page(["a", "c", "d"], nextCursor, 2)).toEqual({ items: ["c", "d"] });
  });

  it("ends with an empty page where all that was left is gone", () => {
    const { nextCursor } = page(["a", "b", "c"], undefined, 2);
    expect(page(["a"], nextCursor, 2)).toEqual({ items: [] });
  });

  it("gives what stays in a changing list exactly once", () => {
    const keys = fc.uniqueArray(fc.string({ unit: "binary", maxLength: 6 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        keys,
        keys,
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 4 }),
        (stay, maybe, numbers, size) => {
          const others = maybe.filter((key) => !stay.includes(key));
          const given = pagesOf(size, () => [
            ...others.filter(() => (numbers.next().value ?? 0) % 2 === 0),
            ...stay,
          ]).flat();
          expect(new Set(given).size).toBe(given.length);
          expect(given.filter((key) => stay.includes(key))).toEqual([...stay].sort(byCodeUnit));
        },
      ),
    );
    function byCodeUnit(a: string, b: string): number {
      return a < b ? -1 : 1;
    }
  });

  it("loses no item to another of the same key", () => {
    const items = [
      { key: "b", n: 1 },
      { key: "a", n: 2 },
      { key: "b", n: 3 },
      { key: "c", n: 4 },
    ];
    const first = paginate(items, (item) => item.key, undefined, 2);
    expect(first.items.map(({ n }) => n)).toEqual([2, 1, 3]);
    expect(paginate(items, (item) => item.key, first.nextCursor, 2).items.map(({ n }) => n)).toEqual([4]);
  });

  it("issues the same cursor for the same place, in characters that need no escaping", () => {
    const items = ["?>ÿ~🎈", "\ud800", "", "z"];
    for (const [index] of items.slice(1).entries()) {
      const { nextCursor } = page(items, undefined, index + 1);
      expect(nextCursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(page([...items].reverse(), undefined, index + 1).nextCursor).toBe(nextCursor);
      expect(page(items, nextCursor, 9).items).toHaveLength(items.length - index - 1);
    }
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a page size of %s", (size) => {
    expect(() => page(["a"], undefined, size)).toThrow(RangeError);
  });

  it("refuses to issue a cursor that it would not accept", () => {
    const long = "a".repeat(49_152);
    expect(() => page([long, "b"], undefined, 1)).toThrow(
      "Expected a key that fits a cursor of 65536 characters",
    );
    const fitting = "a".repeat(49_140);
    const { nextCursor } = page([fitting, "b"], undefined, 1);
    expect(page([fitting, "b"], nextCursor, 1).items).toEqual(["b"]);
  });
});

describe("an invalid cursor is refused", () => {
  const encode = (text: string): string =>
    btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const issued = encode('[1,"","ab"]');

  it("in words that say what to do", () => {
    expect(page(["ab", "b"], undefined, 1).nextCursor).toBe(issued);
    expect(() => page([], "", 1)).toThrow(InvalidCursorError);
    expect(() => page([], "", 1)).toThrow('pass the "nextCursor" of an earlier page of this list, unchanged');
  });

  test.each<[why: string, cursor: string, problem: string]>([
    ["empty", "", "none of this server's"],
    ["not base64url", "!!!", "none of this server's"],
    ["base64 of something else", encode("hello"), "none of this server's"],
    ["not UTF-8", encode('[1,"","\xff"]'), "none of this server's"],
    ["an object", encode('{"page":3}'), "none of this server's"],
    ["a bare number", encode("3"), "none of this server's"],
    ["of another version", encode('[2,"","ab"]'), "expected version 1"],
    ["without a version", encode("[]"), "expected version 1"],
    ["of another list", encode('[1,"tools","ab"]'), "of another list"],
    ["without a list", encode("[1]"), "none of this server's"],
    ["without a key", encode('[1,""]'), "none of this server's"],
    ["with a key that is no text", encode('[1,"",2]'), "none of this server's"],
    ["with more than a key", encode('[1,"","ab",0]'), "none of this server's"],
    ["padded", `${encode('[1,"","a"]')}=`, "none of this server's"],
    ["spaced", ` ${issued}`, "none of this server's"],
    ["cut", issued.slice(0, -1), "none of this server's"],
    ["otherwise written", encode('[1, "","ab"]'), "none of this server's"],
    ["too long", "A".repeat(65_537), "expected at most 65536 characters, got one of 65537"],
  ])("%s", (_why, cursor, problem) => {
    expect(() => page(["a", "b"], cursor, 1)).toThrow(InvalidCursorError);
    expect(() => page(["a", "b"], cursor, 1)).toThrow(problem);
  });

  it("whatever it is: a cursor is either issued for a key or refused with this error", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.base64String(),
          fc
            .json()
            .map((json) => encodeURIComponent(json))
            .map(encode),
        ),
        (cursor) => {
          expect(() => page(["a"], cursor, 1)).toThrow(InvalidCursorError);
        },
      ),
    );
  });
});
