import type { Mode } from "../engine/server.ts";
import type { Table, Workload } from "../engine/types.ts";
import { callAdd, checkSum } from "./checks.ts";
import { THROUGHPUT, throughput } from "./throughput.ts";

const EVERYBODY = ["bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"];

function calls(name: string, title: string, mode: Mode, contestants: readonly string[]): Workload {
  const table: Table = {
    name,
    title,
    metrics: THROUGHPUT,
    contestants,
    target: { ratio: 0.9 },
    start: throughput({ kind: "call", mode, request: callAdd, check: checkSum }),
  };
  return { name, title, tables: [table] };
}

export const callModern = calls(
  "call-modern",
  "tools/call, modern, JSON answer, validated input and output",
  "modern",
  ["bare", "slipway", "sdk-v2", "tmcp"],
);

export const callSession = calls(
  "call-session",
  "tools/call, legacy, in a session, memory adapters",
  "sessions",
  EVERYBODY,
);

export const callStateless = calls("call-stateless", "tools/call, legacy, stateless", "stateless", EVERYBODY);
