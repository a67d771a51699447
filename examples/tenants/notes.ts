import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type PerTenant, perTenant } from "slipway/tenancy";

export interface Note {
  readonly id: number;
  readonly author: string;
  readonly text: string;
}

/** The notes of one tenant, in a database of its own. */
export class Notes {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    // Several instances may have it open.
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 2000");
    this.#db.exec(
      "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, author TEXT NOT NULL, text TEXT NOT NULL)",
    );
  }

  add(author: string, text: string): number {
    return Number(
      this.#db.prepare("INSERT INTO notes (author, text) VALUES (?, ?)").run(author, text).lastInsertRowid,
    );
  }

  get(id: number): Note | undefined {
    return this.#db.prepare("SELECT id, author, text FROM notes WHERE id = ?").get(id) as unknown as
      | Note
      | undefined;
  }

  all(): Note[] {
    return this.#db.prepare("SELECT id, author, text FROM notes ORDER BY id").all() as unknown as Note[];
  }

  erase(): number {
    return Number(this.#db.prepare("DELETE FROM notes").run().changes);
  }

  close(): void {
    this.#db.close();
  }
}

/** The notes of every tenant: each tenant's are opened when first needed, and closed when they are idle. */
export function notesIn(folder: string): PerTenant<Notes> {
  mkdirSync(folder, { recursive: true });
  return perTenant({
    // Not the tenant's own name, which is somebody else's choice.
    open: (_, name) => new Notes(join(folder, `${name}.db`)),
    close: (notes) => notes.close(),
    idleMs: 30_000,
  });
}
