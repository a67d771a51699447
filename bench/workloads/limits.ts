import { uponStore } from "../engine/store.ts";
import type { Table, Workload } from "../engine/types.ts";
import { callAdd, checkSum } from "./checks.ts";
import { THROUGHPUT, type Throughput, throughput } from "./throughput.ts";

const CONTESTANTS = ["slipway", "slipway-limits"];
const CALLS: Throughput = { kind: "call", mode: "modern", request: callAdd, check: checkSum };

const inMemory: Table = {
  name: "limits-memory",
  title: "three rates and a quota in memory, bounds on calls at work, a time-out",
  metrics: THROUGHPUT,
  contestants: CONTESTANTS,
  start: throughput(CALLS),
};

const inRedis: Table = {
  name: "limits-redis",
  title: "one rate, which all instances share, in Redis",
  metrics: THROUGHPUT,
  contestants: CONTESTANTS,
  start: (contestant, settings) =>
    uponStore("redis", contestant, settings, (own, same, store) =>
      throughput({ ...CALLS, env: { STORE: store.url } })(own, same),
    ),
};

export const limits: Workload = {
  name: "limits",
  title: "tools/call, modern, with limits, next to the same without",
  tables: [inMemory, inRedis],
};
