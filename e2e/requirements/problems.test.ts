import { expect, test } from "vitest";
import {
  malformed,
  notShown,
  putOff,
  repeatedIds,
  shownAfterAll,
  shownTooSoon,
  unknownIds,
} from "./problems.ts";
import { idsIn, mayCite } from "./titles.ts";
import type { Requirement } from "./types.ts";

const stated = {
  level: "MUST",
  text: "A thing is so.",
  place: "https://modelcontextprotocol.io/specification/2026-07-28/basic#meta",
} as const;
const runtime: Requirement = { ...stated, id: "2026-07-28/area/runtime", check: "Do this → see that." };
const author: Requirement = {
  ...stated,
  id: "2026-07-28/area/author",
  bindsAuthor: true,
  reason: "Only the author knows it.",
};
const both = [runtime, author];
const waiting: Requirement = { ...runtime, id: "2026-07-28/area/waiting", later: "limits" };

test("a title cites what stands in square brackets with two slashes", () => {
  expect(idsIn('it holds [2026-07-28/a/b] on [json], ["http://a/b"] and [a/b] [2025-11-25/a/b-c]')).toEqual([
    "2026-07-28/a/b",
    "2025-11-25/a/b-c",
  ]);
});

test("a placeholder that was not filled in is taken for an id, so that it is found unknown", () => {
  expect(idsIn("it holds [$revision/a/b]")).toEqual(["$revision/a/b"]);
});

test("a file may cite where a title or a row has an id, or a bracket is filled in", () => {
  const sources = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    "test(`holds [${revision}/a/b]`)",
    'test.each(rows)("holds [$id]")',
    'test.each(ids)("holds [%s]")',
    'const id = "2026-07-28/a/b";',
    'test("holds [2026-07-28/a/b]")',
  ];
  expect(sources.filter((source) => !mayCite(source))).toEqual([]);
});

test("a file without ids and placeholders in brackets does not cite", () => {
  expect(mayCite('test("1 + 1", () => expect([1, 2][0]).toBe(1)) // 2026-07-28')).toBe(false);
});

test("a requirement that no test cites is found, with its check", () => {
  expect(notShown(both, [])).toEqual(["2026-07-28/area/runtime (MUST): Do this → see that."]);
  expect(notShown(both, [{ test: "a > b", ids: [runtime.id] }])).toEqual([]);
});

test("a requirement of the author that a test cites is found", () => {
  expect(shownAfterAll(both, [{ test: "a > b", ids: [runtime.id] }])).toEqual([]);
  expect(shownAfterAll(both, [{ test: "a > b", ids: [author.id] }])).toEqual([`${author.id}: a > b`]);
});

test("a requirement that waits for its subject needs no test, and is counted", () => {
  expect(notShown([waiting], [])).toEqual([]);
  expect(putOff([runtime, author, waiting])).toEqual(["2026-07-28/area/waiting (MUST): limits"]);
});

test("a requirement that a test shows is found waiting no more", () => {
  expect(shownTooSoon([waiting], [])).toEqual([]);
  expect(shownTooSoon([waiting], [{ test: "a > b", ids: [waiting.id] }])).toEqual([`${waiting.id}: a > b`]);
});

test("a cited id that the manifest does not have is found, with its test", () => {
  expect(unknownIds(both, [{ test: "a > b", ids: [runtime.id, "2026-07-28/area/nope"] }])).toEqual([
    "2026-07-28/area/nope: a > b",
  ]);
});

test("an id that stands twice is found", () => {
  expect(repeatedIds(both)).toEqual([]);
  expect(repeatedIds([...both, { ...runtime, text: "Another." }])).toEqual([runtime.id]);
});

test.each<[string, Requirement]>([
  ["an id of another revision", { ...runtime, id: "2025-11-25/area/runtime" }],
  ["an id without an area", { ...runtime, id: "2026-07-28/runtime" }],
  ["an id in camel case", { ...runtime, id: "2026-07-28/area/runTime" }],
  ["a place of another revision", { ...runtime, place: stated.place.replace("2026-07-28", "2025-11-25") }],
  ["a place elsewhere", { ...runtime, place: "https://example.com/2026-07-28" }],
  ["a text without a full stop", { ...runtime, text: "A thing" }],
  ["an empty check", { ...runtime, check: " " }],
  ["no check", { ...runtime, check: undefined } as unknown as Requirement],
  ["one that waits for nothing known", { ...waiting, later: "some day" } as unknown as Requirement],
  ["one that waits and has no check", { ...waiting, check: "" }],
  ["an author's requirement without a reason", { ...author, reason: "" }],
])("%s is malformed", (_, requirement) => {
  expect(malformed("2026-07-28", [...both, waiting])).toEqual([]);
  expect(malformed("2026-07-28", [requirement])).toHaveLength(1);
});
