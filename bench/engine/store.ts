import { PostgresServer } from "../../e2e/stores/postgres-server.ts";
import { RedisServer } from "../../e2e/stores/redis-servers.ts";
import type { Contestant, Running, Settings } from "./types.ts";

export type StoreKind = "redis" | "postgres";

/** A database server for the servers of one contestant. It shares a core with the load generator. */
export interface StoreServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startStore(kind: StoreKind): Promise<StoreServer> {
  if (kind === "redis") return RedisServer.start();
  const postgres = await PostgresServer.make();
  return { url: postgres.url, stop: () => postgres.remove() };
}

/** Starts a contestant upon a store of its own, which ends with it. */
export async function uponStore(
  kind: StoreKind,
  contestant: Contestant,
  settings: Settings,
  start: (contestant: Contestant, settings: Settings, store: StoreServer) => Promise<Running>,
): Promise<Running> {
  const store = await startStore(kind);
  try {
    const running = await start(contestant, settings, store);
    const stop = async () => {
      await running.stop();
      await store.stop();
    };
    return { ...running, stop };
  } catch (error) {
    await store.stop();
    throw error;
  }
}
