import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreUnavailableError } from "../../ports/index.ts";
import type { Database, Value } from "./database.ts";
import { migrate } from "./migrations.ts";
import { loadSqlite } from "./open.ts";

// Result codes after which a later attempt may succeed: busy, locked, I/O error, full, cannot open.
const UNAVAILABLE = new Set([5, 6, 10, 13, 14]);

/** One connection to a file, and its prepared statements. */
export class FileDatabase implements Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;
  #open = true;

  constructor(path: string, busyTimeoutMs: number) {
    const { DatabaseSync } = loadSqlite();
    const options = { timeout: busyTimeoutMs, enableForeignKeyConstraints: true };
    this.#connection = attempt(() => new DatabaseSync(path, options));
    try {
      this.#useWriteAheadLog(busyTimeoutMs);
      this.script("PRAGMA synchronous = NORMAL");
      this.transaction(() => migrate(this));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get open(): boolean {
    return this.#open;
  }

  get version(): number {
    return this.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  }

  set version(version: number) {
    this.script(`PRAGMA user_version = ${version}`);
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return attempt(() => this.#statement(sql).get(...values)) as Row | undefined;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return attempt(() => this.#statement(sql).all(...values)) as Row[];
  }

  run(sql: string, ...values: Value[]): number {
    return Number(attempt(() => this.#statement(sql).run(...values)).changes);
  }

  script(sql: string): void {
    attempt(() => this.#connection.exec(sql));
  }

  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    // The lock for writing is taken at once, since one that was begun by reading might not get it.
    this.run("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      try {
        this.run("ROLLBACK");
      } catch {
        // SQLite has rolled back by itself; the first error says why.
      }
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    this.#connection.close();
  }

  /** SQLite does not wait by itself when several processes turn to the write-ahead log at once. */
  #useWriteAheadLog(busyTimeoutMs: number): void {
    const deadline = Date.now() + busyTimeoutMs;
    for (;;) {
      try {
        this.script("PRAGMA journal_mode = WAL");
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || Date.now() > deadline) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
    }
  }

  #statement(sql: string): StatementSync {
    if (!this.#open)
      throw new StoreUnavailableError("The store is closed; open it again with sqliteStore().");
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as { errcode?: number }).errcode;
    if (code === undefined || !UNAVAILABLE.has(code & 0xff)) throw error;
    throw new StoreUnavailableError(`SQLite cannot be used now: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
