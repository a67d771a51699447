import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import type { RedisClient } from "slipway/redis";
import { MASTER } from "./redis-servers.ts";

/** Who may connect; every instance is somebody of its own, so that a test can cut off one. */
export interface User {
  readonly username: string;
  readonly password: string;
}

export type Library = "ioredis" | "redis";

/** A client that a user of the library would make; it is not connected yet. */
export function clientOf(library: Library, url: string, user?: User): RedisClient {
  if (library === "ioredis") return new Redis(url, { ...user, lazyConnect: true });
  return createClient({ url, ...user });
}

export function clusterClientOf(library: Library, ports: readonly number[], user?: User): RedisClient {
  if (library === "ioredis") {
    const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
    return new Cluster(nodes, { lazyConnect: true, redisOptions: { ...user } });
  }
  const rootNodes = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
  return createCluster({ rootNodes, defaults: { ...user } });
}

export function sentinelClientOf(library: Library, port: number, user?: User): RedisClient {
  const sentinel = { host: "127.0.0.1", port };
  if (library === "ioredis")
    return new Redis({ sentinels: [sentinel], name: MASTER, ...user, lazyConnect: true });
  return createSentinel({ name: MASTER, sentinelRootNodes: [sentinel], nodeClientOptions: { ...user } });
}
