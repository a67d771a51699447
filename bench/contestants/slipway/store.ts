import { Redis } from "ioredis";
import { Pool } from "pg";
import { createClient } from "redis";
import type { Store } from "slipway";
import { postgresStore } from "slipway/postgres";
import { redisStore } from "slipway/redis";
import { library, storeUrl } from "../shared/store.ts";

/** Opens the store as its documentation does. */
export async function openStore(): Promise<Store> {
  const store = makeStore();
  await store.ready();
  return store;
}

function makeStore(): Store {
  if (storeUrl.startsWith("postgres:")) return postgresStore(new Pool({ connectionString: storeUrl }));
  return redisStore(
    library === "redis" ? createClient({ url: storeUrl }) : new Redis(storeUrl, { lazyConnect: true }),
  );
}
