import type { Mode } from "../engine/server.ts";
import type { Table, Workload } from "../engine/types.ts";
import { callCount, checkCount } from "./checks.ts";
import { THROUGHPUT, throughput } from "./throughput.ts";

function streams(name: string, title: string, mode: Mode, contestants: readonly string[]): Table {
  return {
    name,
    title,
    metrics: THROUGHPUT,
    contestants,
    target: { ratio: 0.6 },
    start: throughput({ kind: "stream", mode, request: callCount, check: checkCount }),
  };
}

export const stream: Workload = {
  name: "stream",
  title: "tools/call answered as a stream with 100 progress notifications",
  tables: [
    streams("stream-modern", "modern", "modern", ["bare", "slipway", "sdk-v2", "tmcp"]),
    streams("stream-session", "legacy, in a session", "sessions", [
      ...["bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"],
    ]),
  ],
};
