import type { Table, Workload } from "../engine/types.ts";
import { callAdd, checkSum } from "./checks.ts";
import { THROUGHPUT, type Throughput, throughput, throughputInTurns } from "./throughput.ts";

const workload: Throughput = { kind: "call", mode: "modern", request: callAdd, check: checkSum };

function table(name: string, title: string, watched: readonly string[]): Table {
  return {
    name,
    title,
    metrics: THROUGHPUT,
    contestants: ["slipway", ...watched],
    start: throughput(workload),
    startTurns: throughputInTurns(workload),
  };
}

const title = "tools/call, modern, watched by slipway/observe, next to the same without";

export const observe: Workload = {
  name: "observe",
  title,
  tables: [table("observe", title, ["slipway-observed"])],
};

const partsTitle = "tools/call, modern, watched by each part of slipway/observe, next to the same without";

export const observeParts: Workload = {
  name: "observe-parts",
  title: partsTitle,
  tables: [
    table("observe-parts", partsTitle, [
      "slipway-metrics",
      "slipway-logs",
      "slipway-traces",
      "slipway-traces-all",
      "slipway-audit",
    ]),
  ],
};
