import type { HandleAdapter, Versioned } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { whole } from "../sql/options.ts";
import { idText } from "../sql/text.ts";
import { createHandle } from "./commands/create-handle.ts";
import { deleteHandle } from "./commands/delete-handle.ts";
import { readHandle } from "./commands/read-handle.ts";
import { writeHandle } from "./commands/write-handle.ts";
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

export class SqliteHandleAdapter implements HandleAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;

  constructor(db: Database, sweeper: Sweeper) {
    this.#db = db;
    this.#sweeper = sweeper;
  }

  create(id: string, value: unknown, ttlMs: number): void {
    this.#sweeper.sweep();
    const now = Date.now();
    createHandle(this.#db, idText(id), jsonText(value, "a handle's value"), now + whole(ttlMs), now);
  }

  read(id: string, ttlMs: number): Versioned | undefined {
    const now = Date.now();
    const row = readHandle(this.#db, idText(id), now + whole(ttlMs), now);
    return row && { value: JSON.parse(row.value), version: row.version };
  }

  write(id: string, value: unknown, version: number, ttlMs: number): boolean {
    const now = Date.now();
    const text = jsonText(value, "a handle's value");
    return writeHandle(this.#db, idText(id), text, version, now + whole(ttlMs), now);
  }

  delete(id: string): void {
    deleteHandle(this.#db, idText(id));
  }
}
