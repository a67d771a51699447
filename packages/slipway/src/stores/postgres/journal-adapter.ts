import type { JournalAdapter } from "../../ports/index.ts";
import { whole } from "../sql/options.ts";
import { idText } from "../sql/text.ts";
import { getJournal, putJournal } from "./commands/journals.ts";
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

export class PostgresJournalAdapter implements JournalAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;

  constructor(db: Database, sweeper: Sweeper) {
    this.#db = db;
    this.#sweeper = sweeper;
  }

  async put(sealed: string, ttlMs: number): Promise<string> {
    this.#sweeper.sweep();
    const id = crypto.randomUUID();
    await this.#db.run(putJournal, id, sealed, whole(ttlMs));
    return id;
  }

  async get(id: string): Promise<string | undefined> {
    const [row] = await this.#db.run<{ sealed: string }>(getJournal, idText(id));
    return row?.sealed;
  }
}
