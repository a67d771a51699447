import type { JournalAdapter } from "../../../ports/index.ts";
import { idText } from "../../sql/text.ts";
import type { Objects } from "./objects.ts";

/** Keeps each journal in the shard of its id. */
export class DurableJournalAdapter implements JournalAdapter {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async put(sealed: string, ttlMs: number): Promise<string> {
    const id = crypto.randomUUID();
    await this.#objects.call(this.#objects.shardOf(id), "putJournal", id, sealed, ttlMs);
    return id;
  }

  get(id: string): Promise<string | undefined> {
    return this.#objects.call(this.#objects.shardOf(id), "getJournal", idText(id));
  }
}
