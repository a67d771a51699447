import { beforeAll, describe, expect, test } from "vitest";
import { requirements as requirementsOf20251125 } from "./2025-11-25.ts";
import { requirements as requirementsOf20260728 } from "./2026-07-28.ts";
import { outOfScope } from "./out-of-scope.ts";
import {
  malformed,
  notShown,
  putOff,
  repeatedIds,
  shownAfterAll,
  shownTooSoon,
  unknownIds,
} from "./problems.ts";
import { type CitingTest, citingTests } from "./titles.ts";

const manifests = [
  { revision: "2025-11-25", requirements: requirementsOf20251125 },
  { revision: "2026-07-28", requirements: requirementsOf20260728 },
];
const all = manifests.flatMap(({ requirements }) => requirements);

let tests: CitingTest[];
beforeAll(async () => {
  tests = await citingTests();
});

/** Fails with every line; an assertion on the array would shorten it. */
function expectNone(problems: string[], what: string) {
  if (problems.length > 0) throw new Error(`${problems.length} ${what}:\n${problems.join("\n")}`);
}

describe.each(manifests)("the manifest of $revision", ({ revision, requirements }) => {
  test("has every requirement shown by a test, bound to the author with a reason, or put off", () => {
    const waiting = putOff(requirements);
    if (waiting.length > 0)
      console.info(`${waiting.length} of ${revision} are put off:\n${waiting.join("\n")}`);
    expectNone(notShown(requirements, tests), "requirements are cited by no test");
  });

  test("has well-formed entries", () => {
    expectNone(malformed(revision, requirements), "entries are malformed");
  });

  test("gives a reason for what it leaves out", () => {
    const left = outOfScope.filter((entry) => entry.revision === revision);
    expect(left).not.toHaveLength(0);
    for (const { what, places, reason } of left) {
      expect(places, what).not.toHaveLength(0);
      expect(reason, what).toMatch(/^[A-Z].+\.$/);
    }
  });
});

test("no id stands for two requirements", () => {
  expectNone(repeatedIds(all), "ids are given twice");
});

test("every id that a test cites is in a manifest", () => {
  expectNone(unknownIds(all, tests), "cited ids are in no manifest");
});

test("what a test shows is not put off", () => {
  expectNone(shownTooSoon(all, tests), "requirements have a test and need not wait");
});

test("no test claims to show what only an author can keep", () => {
  expectNone(shownAfterAll(all, tests), "requirements have a test and need no reason");
});
