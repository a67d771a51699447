import { waitOf } from "./flexible.ts";
import type { LimitStore } from "./limit-store.ts";
import type { Rate } from "./rate.ts";
import { LIMIT_SCRIPT } from "./redis-script.ts";

/**
 * A client of `ioredis` (`Redis`, `Cluster`) or of `redis` (what `createClient`, `createCluster`, `createSentinel` give).
 * It is the pattern for a connection of the limits' own, and is never used, changed or closed.
 */
export interface LimitsRedisClient {
  duplicate(): unknown;
}

export interface RedisLimitsOptions {
  /** What the names of all keys begin with. Default: `slipway:limits`. */
  prefix?: string;
}

export interface RedisLimits extends LimitStore {
  /** Ends the connection. */
  close(): void;
}

/**
 * Counts in Redis 6.2 or later, or Valkey, for all instances together, through the optional peer
 * `rate-limiter-flexible`. Each limit that holds for a request is one round trip.
 *
 * @example
 * const bounds = limits({ principal: perMinute(60), store: redisLimits(new Redis("redis://localhost")) });
 * @throws TypeError for what is neither a client of `ioredis` nor of `redis`
 */
export function redisLimits(client: LimitsRedisClient, options: RedisLimitsOptions = {}): RedisLimits {
  return new SharedLimits(client, options.prefix ?? "slipway:limits");
}

type Limiter = {
  consume(key: string, points: number, options: { customDuration: number }): Promise<unknown>;
};
type NewLimiter = (options: { points: number; duration: number }) => Limiter;

class SharedLimits implements RedisLimits {
  readonly #open: () => Opened;
  readonly #prefix: string;
  readonly #limiters = new Map<string, Limiter>();
  #opened: Opened | undefined;
  #newLimiter: NewLimiter | Promise<NewLimiter> | undefined;

  constructor(client: LimitsRedisClient, prefix: string) {
    this.#open = openerOf(client);
    this.#prefix = prefix;
  }

  async take(limit: string, key: string, { burst, intervalMs }: Rate, count: number): Promise<number> {
    const duration = (burst * intervalMs) / 1_000;
    // The library runs its script for whole seconds only; the script looks at the duration itself.
    return this.#consume(
      { points: burst, duration },
      `${limit}:${key}`,
      count,
      Math.max(1, Math.ceil(duration)),
    );
  }

  async count(limit: string, key: string, max: number, endsAt: number, count: number): Promise<number> {
    const left = Math.max(1, Math.ceil((endsAt - Date.now()) / 1_000));
    return this.#consume({ points: max, duration: 0 }, `${limit}:${endsAt}:${key}`, count, left);
  }

  async #consume(
    options: { points: number; duration: number },
    key: string,
    count: number,
    customDuration: number,
  ): Promise<number> {
    const name = `${options.points}/${options.duration}`;
    let limiter = this.#limiters.get(name);
    if (limiter === undefined) {
      this.#newLimiter ??= this.#connect();
      limiter = (await this.#newLimiter)(options);
      this.#limiters.set(name, limiter);
    }
    return waitOf(limiter.consume(key, count, { customDuration }));
  }

  async #connect(): Promise<NewLimiter> {
    try {
      const { RateLimiterRedis } = await library();
      this.#opened = this.#open();
      const { client, ready, isIoredis } = this.#opened;
      await ready;
      const common = {
        storeClient: client,
        useRedisPackage: !isIoredis,
        keyPrefix: this.#prefix,
        customIncrTtlLuaScript: LIMIT_SCRIPT,
        rejectIfRedisNotReady: true,
      };
      return (options) => new RateLimiterRedis({ ...common, ...options });
    } catch (error) {
      // The next request tries again.
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#opened?.close();
    this.#opened = undefined;
    this.#newLimiter = undefined;
    this.#limiters.clear();
  }
}

async function library() {
  try {
    return await import("rate-limiter-flexible");
  } catch (cause) {
    throw new Error(
      `redisLimits needs the package "rate-limiter-flexible" (npm install rate-limiter-flexible).`,
      { cause },
    );
  }
}

/** A connection of its own. It connects again by itself; what is asked meanwhile fails at once. */
interface Opened {
  readonly client: object;
  readonly isIoredis: boolean;
  readonly ready: Promise<unknown>;
  close(): void;
}

interface Ioredis {
  readonly isCluster: boolean;
  readonly options?: { readonly redisOptions?: object };
  readonly stream?: { unref?(): void };
  duplicate(...args: unknown[]): Ioredis;
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
}

interface NodeRedis {
  duplicate(options: object): NodeRedis;
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
  unref?(): void;
}

function openerOf(client: LimitsRedisClient): () => Opened {
  if (typeof client === "object" && client !== null && "duplicate" in client) {
    if ("isCluster" in client) return () => openIoredis(client as unknown as Ioredis);
    if ("isOpen" in client) return () => openNodeRedis(client as unknown as NodeRedis);
  }
  throw new TypeError(
    "redisLimits: expected a client of `ioredis` (new Redis(), new Cluster()) or of `redis` (createClient(), " +
      "createCluster(), createSentinel()).",
  );
}

function openIoredis(pattern: Ioredis): Opened {
  const options = { lazyConnect: true, enableOfflineQueue: false, autoResendUnfulfilledCommands: false };
  const client = pattern.isCluster
    ? pattern.duplicate([], {
        lazyConnect: true,
        redisOptions: { ...pattern.options?.redisOptions, ...options },
      })
    : pattern.duplicate(options);
  client.on("error", () => {});
  client.on("connect", () => client.stream?.unref?.());
  return { client, isIoredis: true, ready: client.connect(), close: () => client.disconnect() };
}

function openNodeRedis(pattern: NodeRedis): Opened {
  const client = pattern.duplicate({ disableOfflineQueue: true });
  client.on("error", () => {});
  const ready = client.connect().then(() => client.unref?.());
  return { client, isIoredis: false, ready, close: () => destroy(client) };
}

function destroy(client: NodeRedis): void {
  try {
    void Promise.resolve(client.destroy()).catch(() => {});
  } catch {
    // It is closed already.
  }
}
