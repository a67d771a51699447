import { printable } from "../printable.ts";
import type { Style } from "../style.ts";
import { wrap } from "../table.ts";
import type { Finding, Severity } from "./finding.ts";

/** What matters most comes first. */
const ORDER: readonly Severity[] = ["error", "warning", "note", "fine", "skipped"];

export type Counts = { readonly [severity in Severity]: number };

export function countsOf(findings: readonly Finding[]): Counts {
  const of = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  return {
    error: of("error"),
    warning: of("warning"),
    note: of("note"),
    fine: of("fine"),
    skipped: of("skipped"),
  };
}

/** Findings for people, line by line. */
export function report(findings: readonly Finding[], style: Style, width: number): string[] {
  const paints: { readonly [severity in Severity]: (text: string) => string } = {
    error: style.red,
    warning: style.yellow,
    note: style.cyan,
    fine: style.green,
    skipped: style.dim,
  };
  const lines = ORDER.flatMap((severity) =>
    findings
      .filter((one) => one.severity === severity)
      .flatMap(({ check, message, remedy }) => [
        `${paints[severity](severity.padEnd(7))}  ${style.bold(check)}`,
        ...wrap(printable(message), width - INDENT).map(indented),
        ...(remedy === undefined ? [] : wrap(`→ ${printable(remedy)}`, width - INDENT).map(indented)),
      ]),
  );
  return [...lines, "", summary(countsOf(findings))];
}

const INDENT = 9;

function indented(line: string): string {
  return " ".repeat(INDENT) + line;
}

function summary({ error, warning, note, fine, skipped }: Counts): string {
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  return `${many(error, "error")}, ${many(warning, "warning")}, ${many(note, "note")}; ${fine} fine, ${skipped} not looked at`;
}
