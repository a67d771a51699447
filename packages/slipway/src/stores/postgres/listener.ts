import type { Command } from "./commands/command.ts";
import type { Database } from "./database.ts";
import { translated } from "./errors.ts";
import type { PostgresClient } from "./pool.ts";

export interface Hearer {
  hear(payload: string): void;
  /** Something may have been published that was not heard; what is published from now on is heard. */
  missed(): void;
}

/** The longest time between two attempts to connect again. */
const MAX_DELAY_MS = 1_000;

/** Listens on one connection of its own while somebody wants to hear, and finds its way back when it is lost. */
export class Listener {
  readonly #db: Database;
  readonly #hearers = new Set<Hearer>();
  #client: PostgresClient | undefined;
  #connecting: Promise<void> | undefined;
  #returning = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The channel's name; there is one for each schema. */
  get channel(): string {
    return this.#db.schema;
  }

  /** Resolves once everything is heard; rejects when the database cannot be reached. */
  async add(hearer: Hearer): Promise<void> {
    this.#hearers.add(hearer);
    try {
      while (this.#client === undefined && this.#hearers.has(hearer)) await this.#connect();
    } catch (error) {
      this.remove(hearer);
      throw error;
    }
  }

  remove(hearer: Hearer): void {
    this.#hearers.delete(hearer);
    // A connection that is being made is closed when it is there and nobody wants it.
    if (this.#hearers.size > 0 || this.#connecting !== undefined) return;
    const client = this.#client;
    this.#client = undefined;
    client?.release(true);
  }

  /** Runs a command on the connection, which is lost when it fails. */
  async run<Row>(command: Command, ...values: unknown[]): Promise<Row[]> {
    const client = this.#client;
    if (client === undefined) return [];
    try {
      return await this.#db.runOn(client, Date.now() + this.#db.commandTimeoutMs, command, ...values);
    } catch (error) {
      this.#lost(client);
      throw error;
    }
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<void> {
    await this.#db.ready();
    const deadline = Date.now() + this.#db.commandTimeoutMs;
    const client = await this.#db.connect(deadline);
    let broken = false;
    const lost = () => {
      broken = true;
      this.#lost(client);
    };
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", ({ channel, payload = "" }) => {
      if (channel !== this.channel || this.#client !== client) return;
      for (const hearer of [...this.#hearers]) hearer.hear(payload);
    });
    // Set before, so that nothing is lost that comes right after the answer.
    this.#client = client;
    try {
      await this.#db.runOn(client, deadline, { name: "listen", call: `LISTEN "${this.channel}"` });
      if (broken) throw new Error("the connection was lost");
    } catch (error) {
      if (this.#client === client) {
        this.#client = undefined;
        client.release(true);
      }
      throw translated(error);
    }
    if (this.#hearers.size === 0 && this.#client === client) {
      this.#client = undefined;
      client.release(true);
    }
  }

  #lost(client: PostgresClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.release(true);
    void this.#return();
  }

  async #return(): Promise<void> {
    if (this.#returning) return;
    this.#returning = true;
    for (let delayMs = 25; this.#hearers.size > 0; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        await this.#connect();
        if (this.#client !== undefined) break;
      } catch {}
      await new Promise<void>((resolve) => {
        setTimeout(resolve, delayMs);
      });
    }
    this.#returning = false;
    if (this.#client !== undefined) for (const hearer of [...this.#hearers]) hearer.missed();
  }
}
