import fc from "fast-check";
import { InMemoryJournalAdapter } from "slipway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { byReference, byRetries, byStream, type Observed } from "./drive.ts";
import { programs } from "./program.ts";
import { byTakeovers } from "./takeover.ts";

/**
 * Handlers made at random are run in both eras and by a reference, and must look the same from outside.
 *
 * FUZZ_RUNS: how many handlers each property tries. Default: 400.
 * FUZZ_SEED: begins with this seed, which a failure names together with the path to the smallest handler that fails.
 */
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 400);
const seed = process.env["FUZZ_SEED"];
const timeout = 30_000 + numRuns * 200;
const settings = {
  numRuns,
  // One that hangs, and in time to say which.
  timeout: 10_000,
  interruptAfterTimeLimit: timeout - 15_000,
  markInterruptAsFailure: true,
  ...(seed !== undefined && { seed: Number(seed) }),
};

const rejections: unknown[] = [];
const rejected = (reason: unknown) => void rejections.push(reason);
beforeAll(() => void process.on("unhandledRejection", rejected));
afterAll(() => void process.off("unhandledRejection", rejected));

/** Branches that run side by side come to things in another order in each era. */
function sorted({ end, effects, questions, logs, progress }: Observed): Observed {
  const inOrder = (list: readonly string[]) => [...list].sort();
  return {
    end,
    effects: inOrder(effects),
    questions: inOrder(questions),
    logs: inOrder(logs),
    progress: [...progress].sort((a, b) => a - b),
  };
}

const numbers = fc.integer({ min: 0, max: 2 ** 31 });

describe("a handler made at random", () => {
  test("does the same over a response stream as it is written", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(programs(true), numbers, async (program, answers) => {
        const expected = sorted(await byReference(program, answers));
        expect(sorted(await byStream(program, answers))).toEqual(expected);
      }),
      settings,
    );
  });

  test("does the same when machine after machine dies that serves it", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(programs(false), numbers, fc.nat(4), async (program, answers, deaths) => {
        const expected = sorted(await byReference(program, answers));
        const seen = sorted(await byTakeovers(program, answers, deaths));
        expect(seen).toEqual({ ...expected, logs: [], progress: [] });
      }),
      settings,
    );
  });

  test.each([
    ["that waits for steps and questions alone", false],
    ["that waits for timers too", true],
  ])("%s does the same by retries, on every way to an end", { timeout }, async (_name, timers) => {
    const retries = fc.record({
      seed: numbers,
      detours: fc.nat(12),
      kept: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(programs(timers), numbers, retries, async (program, answers, { kept, ...rest }) => {
        rejections.length = 0;
        const expected = sorted(await byReference(program, answers));
        const adapter = kept ? new InMemoryJournalAdapter() : undefined;
        const ways = await byRetries(program, answers, { ...rest, kept: adapter });
        expect(ways.length).toBeGreaterThan(0);
        for (const { faults, ...way } of ways) {
          const seen = sorted(way);
          // Timers let messages of branches overtake one another: as many are sent, but not always the same.
          if (timers) {
            expect({ ...seen, logs: [], progress: [] }).toEqual({ ...expected, logs: [], progress: [] });
            expect(seen.logs.length + seen.progress.length).toBe(
              expected.logs.length + expected.progress.length,
            );
          } else {
            expect(seen).toEqual(expected);
          }
          expect(faults).toEqual([]);
        }
        expect(rejections).toEqual([]);
      }),
      settings,
    );
  });
});
