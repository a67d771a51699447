import type { Store } from "../../ports/index.ts";
import type { RedisClient } from "./client.ts";
import { RedisClientRequestAdapter, type RedisClientRequestOptions } from "./client-request-adapter.ts";
import { RedisConnection } from "./connection.ts";
import { RedisEventBus, type RedisEventBusOptions } from "./event-bus.ts";
import { RedisHandleAdapter } from "./handle-adapter.ts";
import { RedisJournalAdapter } from "./journal-adapter.ts";
import { checkServer, pingServer } from "./server-check.ts";
import { RedisSessionAdapter, type RedisSessionOptions } from "./session-adapter.ts";
import { RedisTaskAdapter } from "./task-adapter.ts";

export interface RedisStoreOptions
  extends RedisSessionOptions,
    RedisClientRequestOptions,
    RedisEventBusOptions {}

export interface RedisStore extends Store {
  readonly sessions: RedisSessionAdapter;
  readonly clientRequests: RedisClientRequestAdapter;
}

/**
 * Keeps everything in Redis 6.2 or later, or Valkey, for servers on any number of machines: one server, one that is
 * found through Sentinels, or a Cluster. Takes a client of `ioredis` or of `redis`, and makes two connections of its own
 * after its pattern, one for commands and one that listens.
 *
 * @example
 * const store = redisStore(new Redis("redis://localhost"));
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const connection = new RedisConnection(client, options);
  const bus = new RedisEventBus(connection, options);
  const clientRequests = new RedisClientRequestAdapter(connection, options);
  return {
    sessions: new RedisSessionAdapter(connection, options),
    clientRequests,
    bus,
    tasks: new RedisTaskAdapter(connection),
    handles: new RedisHandleAdapter(connection),
    journals: new RedisJournalAdapter(connection),
    ready: () => checkServer(connection),
    ping: () => pingServer(connection),
    async close() {
      if (connection.closed) return;
      await bus.close();
      await clientRequests.close();
    },
  };
}
