import { CLIENT_SCENARIOS, type ClientReport } from "./client-suite.ts";
import { type Report, SCENARIOS, TASK_SCENARIOS } from "./conformance.ts";
import type { Verdict } from "./verdict.ts";

const HEAD = ["revision", "passed", "exercised", "checks", "seconds"];
const WIDTHS = [10, 8, 9, 6, 7];

/** One line for each revision and one for the extension of tasks, and what is wrong below. */
export function tableOf(reports: readonly Report[], tasks: readonly Verdict[]): string {
  const problems = reports.flatMap(({ revision, verdicts, stderr }) => {
    const lines = verdicts.flatMap((verdict) => verdict.problems).map((problem) => `${revision} ${problem}`);
    return lines.length === 0 || stderr === ""
      ? lines
      : [...lines, `${revision} the server wrote:\n${stderr}`];
  });
  const rows = reports.map((report) => row(cellsOf(report)));
  const ofTasks = row(["tasks", ...countsOf(tasks, TASK_SCENARIOS.length), ""]);
  return [row(HEAD), ...rows, ofTasks, ...problems, ...tasks.flatMap((verdict) => verdict.problems)].join(
    "\n",
  );
}

/** One line for each revision, and what is wrong below. */
export function clientTableOf(reports: readonly ClientReport[]): string {
  const revisions = Object.entries(CLIENT_SCENARIOS).map(([revision, scenarios]) => {
    const verdicts = reports.filter((report) => report.revision === revision).map(({ verdict }) => verdict);
    return row([revision, ...countsOf(verdicts, scenarios.length), ""]);
  });
  const problems = reports.flatMap(({ revision, verdict }) =>
    verdict.problems.map((problem) => `${revision} ${problem}`),
  );
  return [row(HEAD), ...revisions, ...problems].join("\n");
}

function cellsOf({ revision, verdicts, seconds }: Report): string[] {
  return [revision, ...countsOf(verdicts, SCENARIOS[revision]), seconds.toFixed(1)];
}

function countsOf(verdicts: readonly Verdict[], all: number): string[] {
  return [
    `${verdicts.filter(({ passed }) => passed).length}/${all}`,
    `${verdicts.filter(({ exercised }) => exercised).length}/${all}`,
    String(verdicts.reduce((sum, { successes }) => sum + successes, 0)),
  ];
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[i] ?? 0) : cell.padStart(WIDTHS[i] ?? 0)))
    .join("  ");
}
