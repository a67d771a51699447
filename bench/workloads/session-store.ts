import { type StoreKind, uponStore } from "../engine/store.ts";
import type { Table, Workload } from "../engine/types.ts";
import { callAdd, checkSum } from "./checks.ts";
import { THROUGHPUT, throughput } from "./throughput.ts";

function sessions(name: string, title: string, kind: StoreKind, library: string): Table {
  return {
    name,
    title,
    metrics: THROUGHPUT,
    contestants: ["bare", "slipway"],
    target: { ratio: 0.7 },
    start: (contestant, settings) =>
      uponStore(kind, contestant, settings, (own, same, store) => {
        const env = { STORE: store.url, LIBRARY: library };
        const workload = {
          kind: "session",
          mode: "sessions",
          env,
          request: callAdd,
          check: checkSum,
        } as const;
        return throughput(workload)(own, same);
      }),
  };
}

export const sessionRedis: Workload = {
  name: "session-redis",
  title: "tools/call, legacy, in a session in Redis, next to one round trip to the same Redis",
  tables: [
    sessions("session-redis-ioredis", "over ioredis", "redis", "ioredis"),
    sessions("session-redis-redis", "over redis", "redis", "redis"),
  ],
};

export const sessionPostgres: Workload = {
  name: "session-postgres",
  title: "tools/call, legacy, in a session in Postgres, next to one round trip to the same Postgres",
  tables: [sessions("session-postgres", "over pg", "postgres", "pg")],
};
