/** A client of `ioredis`: a `Redis` (also one that finds its server through Sentinels) or a `Cluster`. */
export interface IoredisClient {
  readonly isCluster: boolean;
  duplicate(): unknown;
  call(command: string): Promise<unknown>;
}

/** A client of `redis` (node-redis): what `createClient`, `createCluster` or `createSentinel` gives. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  duplicate(): unknown;
  connect(): Promise<unknown>;
}

/**
 * The client of Redis or Valkey that the user has set up. It is the pattern for connections of the store's own, made
 * with its `duplicate()`; it may be connected or not, and is never used, changed or closed.
 */
export type RedisClient = IoredisClient | NodeRedisClient;

/**
 * A connection for commands; to a Cluster one to each node. It sends a command at most once. Whoever holds it throws
 * it away when it is lost, and opens another.
 */
export interface Link {
  /** @param key one that the command is about; in a Cluster it decides where the command goes */
  send(command: readonly string[], key: string): Promise<unknown>;
  /** Opens a connection that listens, to the same server or to any node of the Cluster. */
  listen(hear: Hear, lost: Lost): Promise<Ear>;
  /** Ends it at once. It is not told as lost then. */
  close(): void;
}

/** A connection that listens. */
export interface Ear {
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Rejects, or never ends, when nothing would be heard. */
  ping(): Promise<void>;
  close(): void;
}

export type Hear = (channel: string, text: string) => void;

/** Called once, when a connection is of no more use. */
export type Lost = () => void;

/** Opens a connection; rejects with the reason when it cannot. */
export type OpenLink = (lost: Lost) => Promise<Link>;
