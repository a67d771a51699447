import type { Store } from "../../ports/index.ts";
import { bound } from "../memory/bound.ts";
import { sessionBounds } from "../sql/options.ts";
import { PostgresClientRequestAdapter, type PostgresClientRequestOptions } from "./client-request-adapter.ts";
import { Database } from "./database.ts";
import { PostgresEventBus } from "./event-bus.ts";
import { PostgresHandleAdapter } from "./handle-adapter.ts";
import { PostgresJournalAdapter } from "./journal-adapter.ts";
import { Listener } from "./listener.ts";
import type { PostgresPool } from "./pool.ts";
import { PostgresSessionAdapter, type PostgresSessionOptions } from "./session-adapter.ts";
import { Sweeper } from "./sweeper.ts";
import { PostgresTaskAdapter } from "./task-adapter.ts";

export interface PostgresStoreOptions extends PostgresSessionOptions, PostgresClientRequestOptions {
  /** After so many milliseconds without a sign of life an instance counts as dead. Default 10 seconds. */
  deadAfterMs?: number;
}

/**
 * Keeps everything in a Postgres database (13 or later), for any number of machines. The tables are made in a schema of
 * their own by the first instance that is ready; a schema that a newer Slipway has made is refused with an Error.
 *
 * One connection of the pool listens for as long as the store is used, so the pool needs two at least, of sessions of
 * their own: not those of a pooler that hands out transactions. What cannot be done within `commandTimeoutMs` rejects with
 * a `StoreUnavailableError`.
 *
 * @param pool a `Pool` of `pg`. It is not ended; close the store before you end it.
 */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): Store {
  const deadAfterMs = bound("deadAfterMs", options.deadAfterMs, 10_000);
  const db = new Database(pool, options);
  const listener = new Listener(db);
  const sweeper = new Sweeper(db, sessionBounds(options).closedMs);
  const clientRequests = new PostgresClientRequestAdapter(pool, options, { db, listener });
  const bus = new PostgresEventBus(db, listener, deadAfterMs);
  const ping = async () => void (await db.run({ name: "ping", call: "SELECT 1" }));
  return {
    sessions: new PostgresSessionAdapter(pool, options, { db, sweeper }),
    clientRequests,
    bus,
    tasks: new PostgresTaskAdapter(db, sweeper),
    handles: new PostgresHandleAdapter(db, sweeper),
    journals: new PostgresJournalAdapter(db, sweeper),
    ready: ping,
    ping,
    close: async () => {
      clientRequests.close();
      await bus.close();
    },
  };
}
