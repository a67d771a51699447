import { Redis } from "ioredis";
import { Server } from "../engine/server.ts";
import { startStore } from "../engine/store.ts";
import type { Contestant, Metric, Sample, Workload } from "../engine/types.ts";
import { openSessions } from "../load/session.ts";

const SESSIONS = 100_000;

/** So many are opened before, lest what comes with the first ones be counted: scripts, connections. */
const WARMUP = 200;

/** Where opening takes longer than this, as many are counted as were opened. */
const PATIENCE_MS = 120_000;

const BYTES: Metric = { name: "each", unit: "bytes", better: "lower" };
const COUNT: Metric = { name: "opened", unit: "", better: "higher" };

/** @see https://redis.io/docs/latest/commands/info/ */
async function usedMemory(redis: Redis): Promise<number> {
  const [, bytes] = /^used_memory:(\d+)/m.exec(await redis.info("memory")) ?? [];
  return Number(bytes);
}

/** A Redis of its own for each run, since memory that was used once is not given back. */
async function weigh(contestant: Contestant): Promise<Sample> {
  const store = await startStore("redis");
  const redis = new Redis(store.url);
  try {
    const env = { STORE: store.url };
    const server = await Server.start(contestant, { kind: "session", mode: "sessions", env });
    try {
      await openSessions(server.port, WARMUP);
      const before = await usedMemory(redis);
      const { length } = await openSessions(server.port, SESSIONS, PATIENCE_MS);
      return {
        values: { [BYTES.name]: ((await usedMemory(redis)) - before) / length, [COUNT.name]: length },
      };
    } finally {
      await server.stop();
    }
  } finally {
    redis.disconnect();
    await store.stop();
  }
}

export const redisSessions: Workload = {
  name: "redis-sessions",
  title: "100,000 sessions in Redis, bytes each",
  tables: [
    {
      name: "redis-sessions",
      title: "bytes each",
      metrics: [BYTES, COUNT],
      contestants: ["bare", "slipway"],
      start: async (contestant) => ({ run: () => weigh(contestant), stop: async () => {} }),
    },
  ],
};
