import type { Database, Value } from "../../sqlite/database.ts";
import type { ObjectStorage } from "./platform.ts";

/** The SQLite database of a Durable Object. */
export class ObjectDatabase implements Database {
  readonly #storage: ObjectStorage;
  #inTransaction = false;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
    this.script("CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT");
  }

  // The platform allows no `PRAGMA user_version`.
  get version(): number {
    return this.setting("version") ?? 0;
  }

  set version(version: number) {
    this.keepSetting("version", version);
  }

  setting(name: string): number | undefined {
    return this.get<{ value: number }>("SELECT value FROM settings WHERE name = ?", name)?.value;
  }

  keepSetting(name: string, value: number): void {
    this.all("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value);
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    try {
      return this.#storage.sql.exec(sql, ...values).toArray() as Row[];
    } catch (error) {
      if (!(error as Error).message.includes("SQLITE_TOOBIG")) throw error;
      throw new RangeError(
        "A Durable Object keeps no more than 2 MB in a row: keep less, or only where the rest is found.",
      );
    }
  }

  run(sql: string, ...values: Value[]): number {
    this.all(sql, ...values);
    // What the platform counts as written are also the entries of indexes.
    return this.get<{ count: number }>("SELECT changes() AS count")?.count ?? 0;
  }

  script(sql: string): void {
    this.all(sql);
  }

  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#inTransaction = true;
    try {
      return this.#storage.transactionSync(work);
    } finally {
      this.#inTransaction = false;
    }
  }
}
