import type { Table, Workload } from "../engine/types.ts";
import { callAdd, checkSum } from "./checks.ts";
import { THROUGHPUT, type Throughput, throughput, throughputInTurns } from "./throughput.ts";

const title = "tools/call, modern, watched by slipway/observe, next to the same without";

const workload: Throughput = { kind: "call", mode: "modern", request: callAdd, check: checkSum };

const table: Table = {
  name: "observe",
  title,
  metrics: THROUGHPUT,
  contestants: [
    "slipway",
    "slipway-metrics",
    "slipway-logs",
    "slipway-traces",
    "slipway-traces-all",
    "slipway-audit",
    "slipway-observed",
  ],
  start: throughput(workload),
  startTurns: throughputInTurns(workload),
};

export const observe: Workload = { name: "observe", title, tables: [table] };
