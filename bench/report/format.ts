import type { Row, TableResult } from "../engine/results.ts";

const NAMES: ReadonlyMap<string, string> = new Map([
  ["bare", "bare limit"],
  ["bare-sealed", "bare limit, sealing"],
  ["bare-zod", "bare limit, with Zod"],
  ["slipway", "Slipway"],
  ["slipway-jwt", "Slipway, JWT"],
  ["slipway-jwt-anew", "Slipway, JWT anew"],
  ["slipway-limits", "Slipway, limits"],
  ["slipway-metrics", "Slipway, metrics"],
  ["slipway-logs", "Slipway, logs"],
  ["slipway-traces", "Slipway, 1 % of traces"],
  ["slipway-traces-all", "Slipway, all traces"],
  ["slipway-audit", "Slipway, audit"],
  ["slipway-observed", "Slipway, metrics, traces, logs"],
  ["store", "the store alone"],
  ["sdk-v2", "official SDK v2"],
  ["sdk-v1", "official SDK v1"],
]);

export function nameOf(contestant: string): string {
  return NAMES.get(contestant) ?? contestant;
}

/** Three significant digits, and no fewer than there are before the point. */
function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A number with its unit; bytes in the unit that suits them. */
export function quantity(value: number, unit: string): string {
  if (unit !== "bytes") return unit === "" ? number(value) : `${number(value)} ${unit}`;
  if (Math.abs(value) >= 1024 * 1024) return `${number(value / 1024 / 1024)} MiB`;
  return Math.abs(value) >= 10_240 ? `${number(value / 1024)} KiB` : `${Math.round(value)} B`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

export function ratio(row: Row): string {
  return row.ratio === undefined ? "–" : row.ratio.toFixed(2);
}

/** Whether a row takes part in comparisons. */
export function counts(row: Row): boolean {
  return row.error === undefined && row.excluded === undefined;
}

export function rowOf(table: TableResult, contestant: string): Row | undefined {
  return table.rows.find((row) => row.contestant === contestant);
}
