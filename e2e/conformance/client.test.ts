import { expect, it } from "vitest";
import { CLIENT_SCENARIOS, listClientScenarios, runClientScenarios } from "./client-suite.ts";

it("passes the suite's scenarios for clients at every revision, with each exercised", async () => {
  const reports = await runClientScenarios();
  expect(
    reports.flatMap(({ revision, verdict }) => verdict.problems.map((one) => `${revision} ${one}`)),
  ).toEqual([]);
  expect(reports.filter(({ verdict }) => verdict.passed && verdict.exercised)).toHaveLength(15);
});

it("leaves out only the scenarios that are about authorization, or of an extension", async () => {
  const listed = await listClientScenarios();
  const inScope = listed
    .filter(({ name, revisions }) => !name.startsWith("auth/") && !revisions.includes("extension"))
    .flatMap(({ name, revisions }) => revisions.map((revision) => `${revision} ${name}`));
  const run = Object.entries(CLIENT_SCENARIOS).flatMap(([revision, names]) =>
    names.map((name) => `${revision} ${name}`),
  );
  expect(run.sort()).toEqual(inScope.sort());
});
