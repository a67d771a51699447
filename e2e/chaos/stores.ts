import { PostgresServer } from "../stores/postgres-server.ts";
import { RedisServer } from "../stores/redis-servers.ts";

export const STORES = ["redis", "postgres"] as const;
export type StoreName = (typeof STORES)[number];

/** A server of its own for a store, that goes away and comes back with all that was acknowledged. */
export interface StoreServer {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Lets it hang: connections stay, nothing is answered. */
  pause(): void;
  /** It does then what it was asked for meanwhile. */
  resume(): void;
  remove(): Promise<void>;
}

export async function startStore(name: StoreName): Promise<StoreServer> {
  if (name === "postgres") return PostgresServer.make();
  const redis = await RedisServer.start({ durable: true });
  return {
    url: redis.url,
    stop: () => redis.kill(),
    start: () => redis.start(),
    pause: () => redis.pause(),
    resume: () => redis.resume(),
    remove: () => redis.stop(),
  };
}
