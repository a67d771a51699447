import type { Results, Row, TableResult, WorkloadResult } from "../engine/results.ts";
import { counts, nameOf, quantity } from "./format.ts";

const WIDTH = 860;
const LABEL = 150;
const BAR = 420;
const LINE = 20;
const MARGIN = 16;

/** Longer bars are cut, and say so. */
const LONGEST = 2;

/** All tables as bars: each contestant's ratio to its baseline. */
export function renderChart({ workloads }: Results): string {
  const pieces: string[] = [];
  let y = MARGIN;
  for (const workload of workloads) {
    y += LINE;
    pieces.push(text(MARGIN, y, workload.title, "title"));
    for (const table of workload.tables) {
      const drawn = renderBars(table, workload, y);
      pieces.push(drawn.svg);
      y = drawn.y;
    }
    y += LINE / 2;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + MARGIN}" viewBox="0 0 ${WIDTH} ${y + MARGIN}" font-family="sans-serif" font-size="12">
<style>
  .title { font-size: 14px; font-weight: bold } .small { fill: #57606a }
  .bare { fill: #afb8c1 } .slipway { fill: #0969da } .peer { fill: #8c959f } .void { fill: none; stroke: #8c959f; stroke-dasharray: 3 }
</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${pieces.join("\n")}
</svg>
`;
}

function renderBars(table: TableResult, workload: WorkloadResult, top: number): { svg: string; y: number } {
  let y = top + LINE;
  const direction = table.metrics[0]?.better === "lower" ? "shorter is better" : "longer is better";
  const title = workload.tables.length > 1 ? `${table.title}; ${direction}` : direction;
  const pieces = [text(MARGIN, y, title, "small")];
  for (const row of table.rows) {
    y += LINE;
    pieces.push(renderBar(table, row, y));
  }
  return { svg: pieces.join("\n"), y: y + LINE / 2 };
}

function renderBar(table: TableResult, row: Row, y: number): string {
  const metric = table.metrics[0];
  const summary = metric && row.metrics[metric.name];
  const label = text(MARGIN, y, nameOf(row.contestant));
  if (metric === undefined || summary === undefined || row.ratio === undefined) {
    return label + text(MARGIN + LABEL, y, "failed", "small");
  }
  const length = (Math.min(row.ratio, LONGEST) / scaleOf(table)) * BAR;
  const cut = row.ratio > LONGEST ? " →" : "";
  const value = `${row.ratio.toFixed(2)}${cut}  (${quantity(summary.median, metric.unit)})`;
  const bar = `<rect class="${classOf(row)}" x="${MARGIN + LABEL}" y="${y - 11}" width="${length.toFixed(1)}" height="14"/>`;
  return label + bar + text(MARGIN + LABEL + length + 8, y, value, "small");
}

/** The ratio that takes the whole width. */
function scaleOf(table: TableResult): number {
  return Math.min(LONGEST, Math.max(1, ...table.rows.map(({ ratio }) => ratio ?? 0)));
}

function classOf(row: Row): string {
  if (!counts(row)) return "void";
  if (row.contestant.startsWith("bare")) return "bare";
  return row.contestant.startsWith("slipway") ? "slipway" : "peer";
}

function text(x: number, y: number, content: string, style?: string): string {
  const attribute = style === undefined ? "" : ` class="${style}"`;
  return `<text${attribute} x="${x.toFixed(0)}" y="${y}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
