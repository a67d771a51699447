import type { HandleAdapter, Versioned } from "../../../ports/index.ts";
import { jsonText } from "../../memory/json-text.ts";
import { idText } from "../../sql/text.ts";
import type { Objects } from "./objects.ts";

/** Keeps each handle in the shard of its id. */
export class DurableHandleAdapter implements HandleAdapter {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async create(id: string, value: unknown, ttlMs: number): Promise<void> {
    const text = jsonText(value, "a handle's value");
    await this.#objects.call(this.#objects.shardOf(id), "createHandle", idText(id), text, ttlMs);
  }

  async read(id: string, ttlMs: number): Promise<Versioned | undefined> {
    const row = await this.#objects.call(this.#objects.shardOf(id), "readHandle", idText(id), ttlMs);
    return row && { value: JSON.parse(row.value), version: row.version };
  }

  async write(id: string, value: unknown, version: number, ttlMs: number): Promise<boolean> {
    const text = jsonText(value, "a handle's value");
    return this.#objects.call(this.#objects.shardOf(id), "writeHandle", idText(id), text, version, ttlMs);
  }

  delete(id: string): Promise<void> {
    return this.#objects.call(this.#objects.shardOf(id), "deleteHandle", idText(id));
  }
}
