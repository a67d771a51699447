import type { JournalAdapter } from "../../ports/index.ts";
import type { RedisConnection } from "./connection.ts";
import { Keys, ttl } from "./keys.ts";
import { asText } from "./reply.ts";

/** Keeps sealed journals in Redis or Valkey, each as one string. */
export class RedisJournalAdapter implements JournalAdapter {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    this.#keys = new Keys(connection.prefix);
  }

  async put(sealed: string, ttlMs: number): Promise<string> {
    const id = crypto.randomUUID();
    const key = this.#keys.journal(id);
    await this.#connection.command(["SET", key, sealed, "PX", String(ttl(ttlMs))], key);
    return id;
  }

  async get(id: string): Promise<string | undefined> {
    const key = this.#keys.journal(id);
    return asText(await this.#connection.command(["GET", key], key));
  }
}
