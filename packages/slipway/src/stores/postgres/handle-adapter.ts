import type { HandleAdapter, Versioned } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { idInUse } from "../sql/errors.ts";
import { whole } from "../sql/options.ts";
import { idText } from "../sql/text.ts";
import { createHandle, deleteHandle, readHandle, writeHandle } from "./commands/handles.ts";
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

export class PostgresHandleAdapter implements HandleAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;

  constructor(db: Database, sweeper: Sweeper) {
    this.#db = db;
    this.#sweeper = sweeper;
  }

  async create(id: string, value: unknown, ttlMs: number): Promise<void> {
    this.#sweeper.sweep();
    const text = jsonText(value, "a handle's value");
    const made = await this.#db.run(createHandle, idText(id), text, whole(ttlMs));
    if (made.length === 0) throw idInUse("handle");
  }

  async read(id: string, ttlMs: number): Promise<Versioned | undefined> {
    type Row = { value: string; version: number };
    const [row] = await this.#db.run<Row>(readHandle, idText(id), whole(ttlMs));
    return row && { value: JSON.parse(row.value), version: row.version };
  }

  async write(id: string, value: unknown, version: number, ttlMs: number): Promise<boolean> {
    const text = jsonText(value, "a handle's value");
    return (await this.#db.run(writeHandle, idText(id), text, version, whole(ttlMs))).length > 0;
  }

  async delete(id: string): Promise<void> {
    await this.#db.run(deleteHandle, idText(id));
  }
}
