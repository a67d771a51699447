import { describe, expect, test } from "vitest";
import { keptCases, replayCorpus } from "./corpus.ts";
import { runFuzz } from "./fuzz.ts";
import { MUTANTS } from "./mutants.ts";
import { TARGETS } from "./targets/index.ts";

const seed = Math.floor(Math.random() * 2 ** 31);

test("no finding of the past is back", async () => {
  expect(keptCases().length).toBeGreaterThan(0);
  expect(await replayCorpus()).toEqual([]);
});

test("whatever is sent is answered or refused as it must be", async () => {
  const cases = 4_000;
  console.log(
    `fuzz: ${cases} cases with seed ${seed}; again: npm run fuzz -- --cases ${cases} --seed ${seed}`,
  );
  const { findings, byTarget } = await runFuzz({ cases, seed, processes: 1 });
  expect(findings).toEqual([]);
  expect([...byTarget.keys()].sort()).toEqual(TARGETS.map(({ name }) => name).sort());
}, 120_000);

describe("the fuzzer tells of a process that", () => {
  const options = { cases: 2_000, seed: 1, processes: 1, only: "base64" };

  test("dies: of which signal, and in which case", async () => {
    const { findings } = await runFuzz({ ...options, mutant: "breaks its engine" });
    const found = findings.map(({ what, one }) => [what, (one as { text: string }).text.slice(-2)]);
    // The batch that comes after has a process again.
    expect(found).toEqual(Array(2).fill(["The process died of SIGSEGV", "=="]));
  });

  test("ends: with which code, and what it said", async () => {
    const { findings } = await runFuzz({ ...options, mutant: "none of that name", enough: 1 });
    expect(findings[0]?.what).toMatch(/^The process ended with code 1\n.*There is no mutant/s);
  });
});

describe("the fuzzer finds it when the runtime", () => {
  test.each(Object.entries(MUTANTS))(
    "%s",
    async (mutant, { target, finding, hangs }) => {
      const quick = { enough: 1, shrinkingMs: 0, ...(hangs && { hangsAfterMs: 3_000 }) };
      const options = { cases: 20_000, seed: 1, processes: 1, ...quick };
      const { findings } = await runFuzz({ ...options, only: target, mutant });
      expect(findings.map(({ what }) => what).join("\n")).toMatch(finding);
    },
    120_000,
  );
});
