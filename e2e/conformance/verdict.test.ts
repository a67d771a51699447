import { describe, expect, it } from "vitest";
import { type Check, judge } from "./verdict.ts";

const good: Check = { id: "tools-list", status: "SUCCESS" };
const wellFormed: Check = { id: "wire-schema-valid", status: "SUCCESS" };

describe("a scenario", () => {
  it("counts when a check of its own succeeds and none is wrong or left out", () => {
    const info: Check = { id: "incoming-response", status: "INFO" };
    expect(judge("tools-list", [good, wellFormed, info])).toEqual({
      scenario: "tools-list",
      successes: 2,
      passed: true,
      exercised: true,
      problems: [],
    });
  });

  it.each(["FAILURE", "WARNING"] as const)("does not pass with a %s", (status) => {
    const verdict = judge("tools-list", [good, { id: "names", status, errorMessage: "no names" }]);
    expect(verdict).toMatchObject({ passed: false, problems: [`tools-list: ${status} names: no names`] });
  });

  it.each<[string, Check[] | undefined]>([
    ["a skipped check", [good, { id: "names", status: "SKIPPED" }]],
    ["an untestable check", [good, { id: "names", status: "FAILURE", details: { untestable: true } }]],
    ["nothing but information", [{ id: "stream-closed", status: "INFO" }]],
    ["nothing but well-formed messages", [wellFormed]],
    ["no checks", []],
    ["no results", undefined],
  ])("is not exercised with %s", (_name, checks) => {
    const verdict = judge("tools-list", checks);
    expect(verdict.exercised).toBe(false);
    expect(verdict.problems).toHaveLength(1);
  });
});
