import type { Row, TableResult, WorkloadResult } from "../engine/results.ts";
import { summarise } from "../engine/statistics.ts";

/** A row of a table, for tests. */
export function row(contestant: string, rate: number, ratio: number, more: Partial<Row> = {}): Row {
  return { contestant, version: "1.0.0", metrics: { rate: summarise([rate]) }, ratio, ...more };
}

/** A table of requests per second, for tests. */
export function table(rows: readonly Row[], more: Partial<TableResult> = {}): TableResult {
  return {
    name: "call",
    title: "calls",
    metrics: [{ name: "rate", unit: "requests/s", better: "higher" }],
    baseline: "bare",
    target: { ratio: 0.9 },
    disturbance: 0,
    rows,
    ...more,
  };
}

export function workload(tables: readonly TableResult[]): WorkloadResult {
  const circumstances = {
    date: "2026-11-20T00:00:00.000Z",
    commit: "abc1234",
    node: "24.0.0",
    cpu: "CPU",
    cores: 2,
    platform: "linux x64",
    generator: "wrk 4",
    pinned: true,
    runs: 5,
    seconds: 5,
  };
  return { name: "call", title: "tools/call", circumstances, tables };
}
