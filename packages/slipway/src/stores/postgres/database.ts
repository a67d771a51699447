import { StoreUnavailableError } from "../../ports/index.ts";
import { bound } from "../memory/bound.ts";
import type { Command } from "./commands/command.ts";
import { translated } from "./errors.ts";
import { migrate } from "./migrations.ts";
import type { PostgresClient, PostgresPool } from "./pool.ts";

export interface PostgresConnectionOptions {
  /** The schema that holds the tables, made when there is none: a lower-case identifier. Default `slipway`. */
  schema?: string;
  /**
   * How long one operation may take, in milliseconds; one that takes longer ends in a `StoreUnavailableError`.
   * Default 2,000.
   */
  commandTimeoutMs?: number;
  /** Whether statements are prepared once a connection; `false` behind a pooler that cannot do so. Default `true`. */
  prepare?: boolean;
}

/** The longest name that Postgres does not cut. */
const MAX_NAME = 63;

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;

/** Pools whose idle connections may be lost without an end of the process. */
const watched = new WeakSet<PostgresPool>();

/** Runs commands on connections of the user's pool, each within its time. */
export class Database {
  readonly schema: string;
  readonly commandTimeoutMs: number;
  readonly #pool: PostgresPool;
  readonly #prepare: boolean;
  readonly #queries = new Map<Command, { name?: string; text: string }>();
  #migrated: Promise<void> | undefined;

  /** Throws a RangeError for an option that cannot be. */
  constructor(pool: PostgresPool, options: PostgresConnectionOptions) {
    this.#pool = pool;
    this.schema = options.schema ?? "slipway";
    if (!SCHEMA.test(this.schema)) {
      throw new RangeError(
        `schema must be a lower-case identifier of at most 63 characters, got ${JSON.stringify(this.schema)}`,
      );
    }
    this.commandTimeoutMs = bound("commandTimeoutMs", options.commandTimeoutMs, 2_000);
    this.#prepare = options.prepare ?? true;
    if (!watched.has(pool)) {
      watched.add(pool);
      // The pool has let go of such a connection already, and makes another when it needs one.
      pool.on("error", () => {});
      // Before anybody is given it: what ends a connection may come together with what opens it.
      pool.on("connect", guarded);
    }
  }

  /** Resolves when the schema has the tables of this version. */
  ready(): Promise<void> {
    this.#migrated ??= this.#migrate().catch((error: unknown) => {
      this.#migrated = undefined;
      throw error;
    });
    return this.#migrated;
  }

  /** Throws a StoreUnavailableError when the database cannot be reached, or does not answer in time. */
  async run<Row>(command: Command, ...values: unknown[]): Promise<Row[]> {
    await this.ready();
    const deadline = Date.now() + this.commandTimeoutMs;
    const client = await this.connect(deadline);
    try {
      const rows = await this.runOn<Row>(client, deadline, command, ...values);
      client.release();
      return rows;
    } catch (error) {
      client.release(error instanceof StoreUnavailableError);
      throw error;
    }
  }

  async runOn<Row>(
    client: PostgresClient,
    deadline: number,
    command: Command,
    ...values: unknown[]
  ): Promise<Row[]> {
    try {
      const { rows } = await this.#before(deadline, client.query({ ...this.#query(command), values }));
      return rows as Row[];
    } catch (error) {
      throw translated(error);
    }
  }

  /** A connection that is the caller's until it releases it. */
  async connect(deadline: number): Promise<PostgresClient> {
    const connecting = this.#pool.connect().then(guarded);
    try {
      return await this.#before(deadline, connecting);
    } catch (error) {
      connecting.then(
        (client) => client.release(),
        () => {},
      );
      throw translated(error);
    }
  }

  async #migrate(): Promise<void> {
    const client = await this.connect(Date.now() + this.commandTimeoutMs);
    try {
      // Others may be at it, so that the time of one command is not enough.
      await this.#before(Date.now() + 15 * this.commandTimeoutMs, migrate(client, this.schema));
      client.release();
    } catch (error) {
      client.release(true);
      throw translated(error);
    }
  }

  #query(command: Command): { name?: string; text: string } {
    let query = this.#queries.get(command);
    if (query === undefined) {
      const text = inSchema(command.call, this.schema);
      const name = `${this.schema}.${command.name}`;
      query = this.#prepare && name.length <= MAX_NAME ? { name, text } : { text };
      this.#queries.set(command, query);
    }
    return query;
  }

  #before<T>(deadline: number, work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new StoreUnavailableError(
              `Postgres did not answer within ${this.commandTimeoutMs} ms; try again later, or raise commandTimeoutMs.`,
            ),
          ),
        Math.max(0, deadline - Date.now()),
      );
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

const guards = new WeakSet<PostgresClient>();

/** The pool listens while it has a connection; without a listener, its loss between two statements would end the process. */
function guarded(client: PostgresClient): PostgresClient {
  if (!guards.has(client)) {
    guards.add(client);
    client.on("error", () => {});
  }
  return client;
}

/** The statement with the name of the schema. */
function inSchema(sql: string, schema: string): string {
  return sql.replaceAll("schema.", `"${schema}".`);
}
