import { bound } from "../memory/bound.ts";
import type { Link, OpenLink, RedisClient } from "./client.ts";
import { asStoreError, isElsewhere, replyCode, unavailable } from "./errors.ts";
import { openIoredis } from "./ioredis.ts";
import { Listener } from "./listener.ts";
import { openNodeRedis } from "./node-redis.ts";
import { type Script, shaOf } from "./script.ts";
import { unref } from "./timer.ts";

export interface RedisOptions {
  /**
   * What the names of all keys and channels begin with, so that several applications can share one Redis. Neither
   * empty nor with braces. Default `slipway`.
   */
  prefix?: string;
  /** How long a command may take, with the wait for a connection, in milliseconds; at least 1. Default 2000. */
  commandTimeoutMs?: number;
}

/**
 * A connection on which commands are not answered, or fail, for so long, in milliseconds, is given up for another. One
 * that is only slow is better kept, since commands on it stay in order.
 */
const SILENT_MS = 10_000;
const BROKEN_MS = 2_000;

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

/**
 * A store's connections to Redis: one for commands, and one that listens, from the first subscription on. Both are made
 * after the pattern of the client when they are first needed, and made again whenever they are lost. Connections to a
 * single server do not keep a Node process alive.
 */
export class RedisConnection {
  readonly prefix: string;
  readonly commandTimeoutMs: number;
  readonly #open: OpenLink;
  #link: Link | undefined;
  #opening: Promise<Link> | undefined;
  /** Why there is no connection, as far as known. */
  #reason: unknown;
  #listener: Listener | undefined;
  #closed = false;
  /** Since when, and until when, commands have failed. */
  #failingSince = 0;
  #lastFailure = 0;
  #replacing = false;

  /** Throws a TypeError for what is neither a client of `ioredis` nor of `redis`. */
  constructor(client: RedisClient, options: RedisOptions = {}) {
    this.prefix = options.prefix ?? "slipway";
    if (this.prefix === "" || /[{}]/.test(this.prefix)) {
      throw new RangeError(`prefix must be a text without braces, and not empty, got "${this.prefix}".`);
    }
    this.commandTimeoutMs = bound("commandTimeoutMs", options.commandTimeoutMs, 2_000);
    this.#open = openerOf(client);
  }

  /**
   * Sends a command, once at most.
   * @param key one that the command is about
   * @throws StoreUnavailableError when there is no connection, or no reply in time; it may have been done then
   */
  command(command: readonly string[], key: string): Promise<unknown> {
    return this.#bounded(command[0] ?? "", (link) => link.send(command, key));
  }

  /** Runs an atomic operation; throws as {@link command} does. */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[] = []): Promise<unknown> {
    const key = keys[0] ?? "";
    const rest = [String(keys.length), ...keys, ...args.map(String)];
    return this.#bounded(script.name, async (link, isOver) => {
      const known = shaOf(script);
      const sha = typeof known === "string" ? known : await known;
      try {
        return await link.send(["EVALSHA", sha, ...rest], key);
      } catch (error) {
        if (replyCode(error) !== "NOSCRIPT" || isOver()) throw error;
        return link.send(["EVAL", script.text, ...rest], key);
      }
    });
  }

  /** The connection that listens. */
  get listener(): Listener {
    this.#listener ??= new Listener({
      open: async (hear, lost) => withinMs(SILENT_MS, (await this.#connected()).listen(hear, lost)),
      timeoutMs: this.commandTimeoutMs,
    });
    return this.#listener;
  }

  /** Ends the connections that were made. A second call does nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#listener?.close();
    this.#link?.close();
    this.#link = undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @param work is told whether it has failed meanwhile: what was said to have failed is not begun any more */
  #bounded(what: string, work: (link: Link, isOver: () => boolean) => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let sent = false;
      let over = false;
      const fail = (error: unknown) => {
        clearTimeout(timer);
        over = true;
        reject(asStoreError(error, what));
      };
      const timer = setTimeout(() => {
        if (sent) this.#failed(SILENT_MS);
        fail(this.#late(what, sent));
      }, this.commandTimeoutMs);
      const send = (link: Link) => {
        if (over) return;
        sent = true;
        work(link, () => over).then(
          (reply) => {
            clearTimeout(timer);
            resolve(reply);
          },
          (error: unknown) => {
            if (isElsewhere(error)) this.#failed(BROKEN_MS);
            fail(error);
          },
        );
      };
      if (this.#link !== undefined) send(this.#link);
      else this.#connected().then(send, fail);
    });
  }

  #late(what: string, sent: boolean): Error {
    const reason = this.#reason instanceof Error ? `: ${this.#reason.message}` : "";
    return unavailable(
      sent
        ? `Redis did not answer ${what} within ${this.commandTimeoutMs} ms; it may be done later.`
        : `There was no connection to Redis for ${what} within ${this.commandTimeoutMs} ms${reason}`,
      this.#reason,
    );
  }

  /** A connection that is silent, or broken without being closed, is given up when it was so for too long. */
  #failed(tooLongMs: number): void {
    const now = Date.now();
    if (now - this.#lastFailure > SILENT_MS) this.#failingSince = now;
    this.#lastFailure = now;
    if (now - this.#failingSince < tooLongMs || this.#replacing) return;
    this.#failingSince = now;
    void this.#replace();
  }

  /** Goes over to another connection once that is open. */
  async #replace(): Promise<void> {
    const given = this.#link;
    if (given === undefined) return;
    this.#replacing = true;
    try {
      const link = await this.#openOnce();
      if (this.#link !== given) {
        link.close();
        return;
      }
      this.#link = link;
      // What is under way on it, to other nodes of a Cluster, may end well.
      unref(setTimeout(() => given.close(), this.commandTimeoutMs));
    } catch (error) {
      this.#reason = error;
    } finally {
      this.#replacing = false;
    }
  }

  /** At once, so that the next command finds a connection. */
  #reconnect(): void {
    this.#connected().catch(() => {
      // It was closed meanwhile.
    });
  }

  #connected(): Promise<Link> {
    if (this.#closed) return Promise.reject(unavailable("The store was closed."));
    if (this.#link !== undefined) return Promise.resolve(this.#link);
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Tries until there is a connection, or none is wanted any more. */
  async #reopen(): Promise<Link> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      try {
        const link = await this.#openOnce();
        if (this.#closed) link.close();
        else this.#link = link;
        this.#reason = undefined;
      } catch (error) {
        this.#reason = error;
      }
      if (this.#closed) throw unavailable("The store was closed.");
      if (this.#link !== undefined) return this.#link;
      await rest(waitMs * (0.5 + Math.random() / 2));
    }
  }

  async #openOnce(): Promise<Link> {
    let lost = false;
    let link: Link | undefined;
    link = await withinMs(
      SILENT_MS,
      this.#open(() => {
        lost = true;
        if (link === undefined || this.#link !== link) return;
        this.#link = undefined;
        this.#reconnect();
      }),
    );
    if (lost) throw new Error("The connection to Redis was lost as soon as it was open.");
    return link;
  }
}

/** The connection that was given, or one of its own for a client. */
export function connectionOf(client: RedisClient | RedisConnection, options: RedisOptions): RedisConnection {
  return client instanceof RedisConnection ? client : new RedisConnection(client, options);
}

function openerOf(client: RedisClient): OpenLink {
  if (typeof client === "object" && client !== null && "duplicate" in client) {
    if ("call" in client && "isCluster" in client) return openIoredis(client);
    if ("isOpen" in client && "sendCommand" in client) return openNodeRedis(client);
  }
  throw new TypeError(
    "Expected a client of `ioredis` (new Redis(), new Cluster()) or of `redis` (createClient(), createCluster(), " +
      `createSentinel()), got ${client === null ? "null" : typeof client}.`,
  );
}

/** What is opened too late is closed. */
async function withinMs<T extends { close(): void }>(ms: number, opening: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Redis did not accept a connection within ${ms} ms.`));
      opening.then((opened) => opened.close()).catch(() => {});
    }, ms);
    unref(timer);
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => unref(setTimeout(resolve, ms)));
}
