import type { Store } from "slipway";

/** The store that a name stands for: `memory`, `sqlite:FILE`, `redis://…` or `postgres://…`. */
export async function openStore(name: string): Promise<Store> {
  if (name === "memory") {
    const { memoryStore } = await import("slipway/memory");
    return memoryStore();
  }
  if (name.startsWith("sqlite:")) {
    const { sqliteStore } = await import("slipway/sqlite");
    return sqliteStore(name.slice("sqlite:".length));
  }
  if (name.startsWith("redis://")) {
    const [{ redisStore }, { Redis }] = await Promise.all([import("slipway/redis"), import("ioredis")]);
    return redisStore(new Redis(name));
  }
  if (name.startsWith("postgres://")) {
    const [{ postgresStore }, { Pool }] = await Promise.all([import("slipway/postgres"), import("pg")]);
    return postgresStore(new Pool({ connectionString: name }));
  }
  throw new Error(`--store must be memory, sqlite:FILE, redis://… or postgres://…, got "${name}".`);
}
