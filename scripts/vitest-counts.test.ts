import { expect, test } from "vitest";
import { countTests, type Report } from "./vitest-counts.ts";

const report: Report = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
};

test("tests that passed, failed and were skipped are counted", () => {
  const mixed = {
    ...report,
    numFailedTests: 2,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [{ status: "failed", assertionResults: [{ status: "failed" }] }],
  };
  expect(countTests(mixed, 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
});

test("a file that did not load is a failure", () => {
  const broken = { ...report, testResults: [{ status: "failed", assertionResults: [] }] };
  expect(countTests(broken, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test("a run that fails without a failed test is a failure", () => {
  expect(countTests(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  expect(countTests(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 0 });
});

test("a run that left no report is a failure", () => {
  expect(countTests(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
