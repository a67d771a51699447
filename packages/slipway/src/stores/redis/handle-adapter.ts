import type { HandleAdapter, Versioned } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { writeHandle } from "./commands/write-handle.ts";
import type { RedisConnection } from "./connection.ts";
import { Keys, ttl } from "./keys.ts";
import { asText } from "./reply.ts";
import { asVersioned } from "./versioned.ts";

/** Keeps the values of handles in Redis or Valkey, each as one string. Every method takes one round trip. */
export class RedisHandleAdapter implements HandleAdapter {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    this.#keys = new Keys(connection.prefix);
  }

  /** Rejects with an Error when the id is in use. */
  async create(id: string, value: unknown, ttlMs: number): Promise<void> {
    const text = `1:${jsonText(value, "a handle's value")}`;
    const key = this.#keys.handle(id);
    const reply = await this.#connection.command(["SET", key, text, "NX", "PX", String(ttl(ttlMs))], key);
    if (asText(reply) === undefined)
      throw new Error("Expected a new handle's id, got one that is in use; ids must be unguessable.");
  }

  async read(id: string, ttlMs: number): Promise<Versioned | undefined> {
    const key = this.#keys.handle(id);
    return asVersioned(await this.#connection.command(["GETEX", key, "PX", String(ttl(ttlMs))], key));
  }

  async write(id: string, value: unknown, version: number, ttlMs: number): Promise<boolean> {
    const args = [version, jsonText(value, "a handle's value"), ttl(ttlMs)];
    return Number(await this.#connection.run(writeHandle, [this.#keys.handle(id)], args)) === 1;
  }

  async delete(id: string): Promise<void> {
    const key = this.#keys.handle(id);
    await this.#connection.command(["UNLINK", key], key);
  }
}
