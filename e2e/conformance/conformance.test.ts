import { describe, expect, it } from "vitest";
import { runConformance, runTaskScenarios, TASK_SCENARIOS } from "./conformance.ts";
import { bindings } from "./fixture.ts";

describe.each(bindings)("the official conformance suite, over the %s binding", (binding) => {
  it("passes for the tasks extension", { timeout: 300_000 }, async () => {
    const verdicts = await runTaskScenarios(binding);
    expect(verdicts.flatMap(({ problems }) => problems)).toEqual([]);
    expect(verdicts.filter(({ passed, exercised }) => passed && exercised)).toHaveLength(
      TASK_SCENARIOS.length,
    );
  });

  it("passes at every revision, with every scenario exercised", { timeout: 600_000 }, async () => {
    const reports = await runConformance(binding);
    const problems = reports.flatMap(({ verdicts }) => verdicts.flatMap((verdict) => verdict.problems));
    expect(problems).toEqual([]);
    expect(
      reports.map(({ revision, verdicts }) => ({
        revision,
        scenarios: verdicts.length,
        passed: verdicts.filter(({ passed }) => passed).length,
        exercised: verdicts.filter(({ exercised }) => exercised).length,
      })),
    ).toEqual([
      { revision: "2025-06-18", scenarios: 27, passed: 27, exercised: 27 },
      { revision: "2025-11-25", scenarios: 33, passed: 33, exercised: 33 },
      { revision: "2026-07-28", scenarios: 40, passed: 40, exercised: 40 },
    ]);
  });
});
