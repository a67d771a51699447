import { expect, test } from "vitest";
import { isUri, MAX_URI_LENGTH } from "./uri.ts";

test.each([
  "a:",
  "test://item/5%20é?q=a,b;c&d='(1)'#part",
  "file:///a/b/c.txt",
  "http://[::1]:80/x",
  "http://[::1]",
  "urn:isbn:0451450523",
])("%s is a URI", (text) => {
  expect(isUri(text)).toBe(true);
});

test.each([
  "",
  "a",
  "/a",
  "1:a",
  "test://a b",
  "test://a%2",
  "test://a\\b",
  "test://a\n",
  "file:///http://[::1a/b",
  "test://a/[b]",
  "test://a?b[]=1",
  "test://a#b#c",
  "http://[::1",
  `test://${"a".repeat(MAX_URI_LENGTH)}`,
])("%j is no URI", (text) => {
  expect(isUri(text)).toBe(false);
});
