import { type Report, SCENARIOS } from "./conformance.ts";

const HEAD = ["revision", "passed", "exercised", "checks", "seconds"];
const WIDTHS = [10, 8, 9, 6, 7];

/** One line for each revision, and what is wrong below. */
export function tableOf(reports: readonly Report[]): string {
  const problems = reports.flatMap(({ revision, verdicts, stderr }) => {
    const lines = verdicts.flatMap((verdict) => verdict.problems).map((problem) => `${revision} ${problem}`);
    return lines.length === 0 || stderr === ""
      ? lines
      : [...lines, `${revision} the server wrote:\n${stderr}`];
  });
  return [row(HEAD), ...reports.map((report) => row(cellsOf(report))), ...problems].join("\n");
}

function cellsOf({ revision, verdicts, seconds }: Report): string[] {
  const of = (count: number) => `${count}/${SCENARIOS[revision]}`;
  return [
    revision,
    of(verdicts.filter(({ passed }) => passed).length),
    of(verdicts.filter(({ exercised }) => exercised).length),
    String(verdicts.reduce((sum, { successes }) => sum + successes, 0)),
    seconds.toFixed(1),
  ];
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[i] ?? 0) : cell.padStart(WIDTHS[i] ?? 0)))
    .join("  ");
}
