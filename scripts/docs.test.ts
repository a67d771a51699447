import { describe, expect, test } from "vitest";
import { checkDocuments, expectedLines, findBlocks, toModule } from "./docs.ts";

const page = (...lines: string[]) => lines.join("\n");
const check = (text: string) => checkDocuments(new Map([["docs/page.md", text]]));

describe("finding blocks", () => {
  test("takes ts and typescript blocks with their place and kind, and no others", () => {
    const text = page(
      "# Title",
      "```ts",
      "one();",
      "```",
      "```typescript run",
      "two();",
      "```",
      "```js",
      "no();",
      "```",
      "```ts fragment",
      "three();",
      "```",
    );
    expect(findBlocks("a.md", text)).toEqual({
      problems: [],
      blocks: [
        { document: "a.md", line: 3, code: "one();", kind: "module" },
        { document: "a.md", line: 6, code: "two();", kind: "run" },
        { document: "a.md", line: 12, code: "three();", kind: "fragment" },
      ],
    });
  });

  test("removes the indentation of a block in a list", () => {
    const { blocks } = findBlocks(
      "a.md",
      page("- item", "  ```ts", "  if (a) {", "    b();", "", "  }", "  ```"),
    );
    expect(blocks[0]?.code).toBe("if (a) {\n  b();\n\n}");
  });

  test("leaves alone a block that is shown inside a longer fence", () => {
    expect(findBlocks("a.md", page("````md", "```ts", "one();", "```", "````")).blocks).toEqual([]);
  });

  test("reports an unknown mark and a fence that is never closed", () => {
    expect(findBlocks("a.md", page("```ts rum", "```", "```ts", "one();")).problems).toEqual([
      'a.md:1: a block is marked "rum"; expected "run", "fragment" or nothing',
      "a.md:3: a block is never closed",
    ]);
  });
});

describe("the module of a block", () => {
  const host = { document: "a.md", line: 4, code: "const a = 1;", kind: "module" } as const;

  test("keeps the document's line numbers", () => {
    expect(toModule(host).split("\n")[3]).toBe("const a = 1;");
  });

  test("of a fragment has the block above it, a scope, and its imports outside of the scope", () => {
    const code = 'import {\n  b,\n} from "b";\nb(a);';
    const lines = toModule({ document: "a.md", line: 8, code, kind: "fragment" }, host).split("\n");
    expect(lines[0]).toBe('import {   b, } from "b";;');
    expect(lines.slice(3, 13).map((line) => line.trim())).toEqual([
      "const a = 1;",
      "",
      "",
      "{",
      "",
      "",
      "",
      "b(a);",
      "}",
      "export {};",
    ]);
  });
});

test("expected lines are read from the comments in order", () => {
  expect(expectedLines('log(1); // => 1\n// => two words \n"=> 3"')).toEqual(["1", "two words"]);
});

describe("checking documents", () => {
  test("accepts blocks that typecheck and print what they say", async () => {
    const text = page(
      "```ts run",
      "const sum = (a: number, b: number) => a + b;",
      "console.log(sum(1, 2)); // => 3",
      "```",
      "```ts fragment",
      "const twice: number = sum(2, 2);",
      "```",
    );
    expect(await check(text)).toEqual({ checked: 2, ran: 1, problems: [] });
  });

  test("reports a type error at its line of the document, in blocks and in fragments", async () => {
    const text = page("", "```ts", "const a: number = 'a';", "```", "```ts fragment", "a.nothing();", "```");
    const { problems } = await check(text);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^docs\/page\.md:3:7: error TS2322/),
        expect.stringMatching(/^docs\/page\.md:6:3: error TS2339/),
      ]),
    );
  });

  test("reports a block that prints something else", async () => {
    const { problems } = await check(page("```ts run", "console.log('one'); // => two", "```"));
    expect(problems).toEqual([
      expect.stringMatching(/^docs\/page\.md:2: .*\nexpected:\ntwo\nprinted:\none$/),
    ]);
  });

  test("reports a block that fails", async () => {
    const { problems } = await check(page("```ts run", "throw new Error('broken');", "```"));
    expect(problems).toEqual([
      expect.stringMatching(/^docs\/page\.md:2: the block ended with code 1[\s\S]*broken/),
    ]);
  });

  test("reports a fragment without a complete block above it", async () => {
    const { problems, checked } = await check(page("```ts fragment", "one();", "```"));
    expect(problems).toEqual(["docs/page.md:1: a fragment needs a complete block above it"]);
    expect(checked).toBe(0);
  });
});
