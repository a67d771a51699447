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
    const client = new Redis(name);
    return closing(redisStore(client), () => client.quit());
  }
  if (name.startsWith("postgres://")) {
    const [{ postgresStore }, { Pool }] = await Promise.all([import("slipway/postgres"), import("pg")]);
    const pool = new Pool({ connectionString: name });
    return closing(postgresStore(pool), () => pool.end());
  }
  throw new Error(`--store must be memory, sqlite:FILE, redis://… or postgres://…, got "${name}".`);
}

/** A store leaves its connections open when it is closed, as the program may use them for other things. */
function closing(store: Store, end: () => Promise<unknown>): Store {
  return {
    ...store,
    close: async () => {
      await store.close();
      await end();
    },
  };
}
