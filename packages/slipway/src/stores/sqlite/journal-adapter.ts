import type { JournalAdapter } from "../../ports/index.ts";
import { whole } from "../sql/options.ts";
import { idText } from "../sql/text.ts";
import { getJournal, putJournal } from "./commands/journals.ts";
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

export class SqliteJournalAdapter implements JournalAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;

  constructor(db: Database, sweeper: Sweeper) {
    this.#db = db;
    this.#sweeper = sweeper;
  }

  put(sealed: string, ttlMs: number): string {
    this.#sweeper.sweep();
    const id = crypto.randomUUID();
    putJournal(this.#db, id, sealed, Date.now() + whole(ttlMs));
    return id;
  }

  get(id: string): string | undefined {
    return getJournal(this.#db, idText(id), Date.now())?.sealed;
  }
}
