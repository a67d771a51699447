import type { Store } from "../../ports/index.ts";
import { bound } from "../memory/bound.ts";
import { type SqlSessionOptions, sessionBounds } from "../sql/options.ts";
import { SqliteClientRequestAdapter } from "./client-request-adapter.ts";
import { SqliteEventBus } from "./event-bus.ts";
import { FileDatabase } from "./file-database.ts";
import { SqliteHandleAdapter } from "./handle-adapter.ts";
import { SqliteJournalAdapter } from "./journal-adapter.ts";
import { Poller } from "./poller.ts";
import { SqliteSessionAdapter } from "./session-adapter.ts";
import { Sweeper } from "./sweeper.ts";
import { SqliteTaskAdapter } from "./task-adapter.ts";

export interface SqliteStoreOptions extends SqlSessionOptions {
  /** How long a question waits for the client's answer, in milliseconds. 0: no limit. Default 5 minutes. */
  requestTimeoutMs?: number;
  /** After so many milliseconds without a sign of life an instance counts as dead. Default 10 seconds. */
  deadAfterMs?: number;
  /** How often the file is looked at for what other processes did, while somebody waits for it. Default 50 ms. */
  pollIntervalMs?: number;
  /** How long to wait for another process that writes, in milliseconds. This process stands still then. Default 5,000. */
  busyTimeoutMs?: number;
}

/**
 * Keeps everything in an SQLite file, for one machine with a disk: it survives a restart, and any number of
 * processes of the machine may use one file at once. Not for file systems on a network.
 *
 * What was acknowledged survives the death of every process; a failure of the power or the kernel may take the last
 * moments. What has expired is deleted as the store is used, some at a time.
 *
 * Throws an Error when this Node has no `node:sqlite` (it came with 22.5 behind `--experimental-sqlite`, and needs no
 * flag from 22.13 on) and when a newer Slipway has made the file; a `StoreUnavailableError` when the file cannot be
 * opened.
 *
 * @param path of the file, which is made when there is none; `":memory:"` for none
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  const { closedMs } = sessionBounds(options);
  const deadAfterMs = bound("deadAfterMs", options.deadAfterMs, 10_000);
  const requestTimeoutMs = bound("requestTimeoutMs", options.requestTimeoutMs, 5 * 60_000, 0);
  const pollIntervalMs = bound("pollIntervalMs", options.pollIntervalMs, 50);
  const db = new FileDatabase(path, bound("busyTimeoutMs", options.busyTimeoutMs, 5_000, 0));
  const poller = new Poller(db, Math.min(pollIntervalMs, deadAfterMs / 8));
  const sweeper = new Sweeper(db, closedMs);
  const clientRequests = new SqliteClientRequestAdapter(db, poller, requestTimeoutMs);
  const bus = new SqliteEventBus(db, poller, sweeper, deadAfterMs);
  return {
    sessions: new SqliteSessionAdapter(db, sweeper, options),
    clientRequests,
    bus,
    tasks: new SqliteTaskAdapter(db, sweeper),
    handles: new SqliteHandleAdapter(db, sweeper),
    journals: new SqliteJournalAdapter(db, sweeper),
    ready: async () => void db.get("SELECT 1"),
    // The file is read for it, unlike for a constant.
    ping: async () => void db.get("SELECT 1 FROM instances LIMIT 1"),
    close: async () => {
      if (!db.open) return;
      clientRequests.close();
      bus.close();
      db.close();
    },
  };
}
