import { Redis } from "ioredis";
import { Pool } from "pg";
import type { Store } from "slipway";
import { postgresStore } from "slipway/postgres";
import { redisStore } from "slipway/redis";

/** @param deadAfterMs after which time without a sign of life an instance counts as dead */
export async function openStore(url: string, deadAfterMs: number): Promise<Store> {
  if (url.startsWith("redis:")) {
    const client = new Redis(url, { maxRetriesPerRequest: null });
    client.on("error", () => {});
    return redisStore(client, { deadAfterMs });
  }
  const pool = new Pool({ connectionString: url });
  pool.on("error", () => {});
  return postgresStore(pool, { deadAfterMs });
}
