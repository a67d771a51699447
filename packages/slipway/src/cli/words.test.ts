import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

test.each([
  ["node server.js --stdio", ["node", "server.js", "--stdio"]],
  ["  a   b  ", ["a", "b"]],
  [`'a b' "c d" e' 'f`, ["a b", "c d", "e f"]],
  [`a\\ b "c\\"d" 'e\\f'`, ["a b", 'c"d', "e\\f"]],
  ["C:\\tools\\server.exe", ["C:\\tools\\server.exe"]],
  [`'' ""`, ["", ""]],
  ["$HOME *.js | x", ["$HOME", "*.js", "|", "x"]],
  ["", []],
])("%j are the words %j", (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

test("a quote that is not closed is an error", () => {
  expect(() => wordsOf("a 'b")).toThrow("A ' is not closed in: a 'b");
});
