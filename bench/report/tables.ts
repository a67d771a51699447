import type { Circumstances, Row, TableResult, WorkloadResult } from "../engine/results.ts";
import type { Metric } from "../engine/types.ts";
import { nameOf, percent, quantity, ratio } from "./format.ts";
import { judge, peersAhead } from "./verdict.ts";

/** Above this share of a core in the hands of others, numbers are to be mistrusted. */
const QUIET = 0.1;

/** A workload as Markdown, which reads well in a terminal too. */
export function renderWorkload({ title, circumstances, tables }: WorkloadResult): string {
  const parts = tables.map((table) => renderTable(table, tables.length > 1));
  return [`### ${title}`, ...parts, renderCircumstances(circumstances)].join("\n\n");
}

export function renderTable(table: TableResult, titled: boolean): string {
  const { metrics, baseline, rows } = table;
  const [first, ...others] = metrics as [Metric, ...Metric[]];
  const header = [
    "",
    "version",
    first.name,
    "spread",
    `× ${nameOf(baseline)}`,
    ...others.map(({ name }) => name),
    "",
  ];
  const body = rows.map((row) => [
    nameOf(row.contestant),
    row.version,
    show(row, first),
    spread(row, first),
    ratio(row),
    ...others.map((metric) => show(row, metric)),
    note(row),
  ]);
  const lines = [titled ? `**${capitalised(table.title)}**` : "", align([header, ...body]), remarks(table)];
  return lines.filter((line) => line !== "").join("\n\n");
}

function show(row: Row, { name, unit }: Metric): string {
  const summary = row.metrics[name];
  return summary === undefined ? "–" : quantity(summary.median, unit);
}

function spread(row: Row, { name }: Metric): string {
  const summary = row.metrics[name];
  return summary === undefined ? "–" : percent(summary.spread);
}

function note({ error, excluded }: Row): string {
  if (error !== undefined) return `failed: ${error.split("\n", 1)[0]?.slice(0, 160).replaceAll("|", "/")}`;
  return excluded === undefined ? "" : `does not count: ${excluded}`;
}

function remarks(table: TableResult): string {
  const lines: string[] = [];
  const verdict = judge(table);
  if (verdict !== undefined) lines.push(verdict.text);
  const ahead = peersAhead(table);
  if (ahead.length > 0)
    lines.push(`Ahead of Slipway: ${ahead.map((row) => nameOf(row.contestant)).join(", ")}.`);
  if (table.disturbance > QUIET) {
    lines.push(`Others used ${percent(table.disturbance)} of a core just before: the machine was not quiet.`);
  }
  return lines.join("\n");
}

function renderCircumstances(at: Circumstances): string {
  const cores = at.pinned
    ? "servers and load generator on a core each"
    : "not pinned to cores, so that it is not known what was the bottleneck";
  return (
    `${at.date.slice(0, 10)}, commit ${at.commit}, Node ${at.node}, ${at.platform}, ${at.cores} × ${at.cpu}, ` +
    `${at.generator}, ${cores}${at.awake === true ? ", which do not sleep" : ""}, ${at.runs} runs of ${at.seconds} s.`
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A Markdown table whose columns stand under each other; numbers on the right. */
export function align(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isText = (column: number) => column < 2 || column === columns - 1;
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, column) =>
      isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    isText(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const [header = [], ...body] = rows;
  return [line(header), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n");
}
