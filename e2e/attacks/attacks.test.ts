import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectFast, expectReturned, holdingsOf, warmUp } from "./afterwards.ts";
import { expectAnswer } from "./attack.ts";
import type { Holdings } from "./holdings.ts";
import { GIVEN_SECRET, SECRET } from "./secret.ts";
import { TABLES } from "./tables/index.ts";
import { Target } from "./target.ts";

const MIB = 1024 * 1024;

let target: Target;
let before: Holdings;
let answers = 0;
let failed = 0;
const references: string[] = [];

beforeAll(async () => {
  target = await Target.start();
  await warmUp(target);
  before = await holdingsOf(target);
});

afterAll(() => target.stop());

for (const [subject, attacks] of Object.entries(TABLES)) {
  describe(subject, () => {
    for (const { name, by, answer } of attacks) {
      test(name, async () => {
        for (const came of [await by(target)].flat()) {
          answers++;
          for (const [, reference = ""] of came.body.matchAll(/\(reference ([0-9a-f-]{36})\)/g)) {
            references.push(reference);
          }
          try {
            expectAnswer(came, answer);
          } catch (error) {
            failed++;
            throw error;
          }
        }
      });
    }
  });
}

test("what failed is in the log under the reference that its client got, and nothing else is", async () => {
  await expect.poll(() => target.log).toContain(references.at(-1));
  const logged = [...target.log.matchAll(/ \(reference ([0-9a-f-]{36})\)/g)].map(
    ([, reference]) => reference,
  );
  expect(logged.toSorted()).toEqual(references.toSorted());
  expect(target.log).toContain(SECRET);
  expect(target.log).not.toContain(GIVEN_SECRET);
  expect(target.log).not.toMatch(/unhandled|warning|A request failed unexpectedly/i);
});

test("after all of them the server holds what it held before, and answers as fast", async () => {
  const count = Object.values(TABLES).reduce((sum, { length }) => sum + length, 0);
  expectReturned(before, await holdingsOf(target), 15 * MIB);
  const usual = await expectFast(target);
  const all = failed === 0 ? `all refused as documented` : `${failed} of them not answered as documented`;
  console.log(`${count} attacks, ${answers} answers, ${all}; memory and handles are back; ${usual}`);
});

test("SECURITY.md names every table of attacks, and no other", () => {
  const page = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");
  const [, section = ""] = page.split("## What is protected, and by what");
  const rows =
    section
      .split("\n## ")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("| **")) ?? [];
  const named = rows.flatMap((row) =>
    [...(row.split("|").at(-2) ?? "").matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
  );
  const files = readdirSync(new URL("tables", import.meta.url)).map((file) => file.replace(/\.ts$/, ""));
  const tables = [...files.filter((file) => file !== "index"), "flood", "memory"];
  expect([...new Set(named)].toSorted()).toEqual(tables.toSorted());
});
