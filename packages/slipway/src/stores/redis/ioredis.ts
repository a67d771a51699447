import type { Ear, Hear, IoredisClient, Link, Lost, OpenLink } from "./client.ts";

/** What is used of `Redis` and `Cluster`. */
interface Client {
  readonly isCluster: boolean;
  readonly options: Options;
  readonly status: string;
  readonly stream?: Stream;
  call(command: string, ...args: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(): void;
  duplicate(options: Options): Client;
  on(event: string, listener: (...args: never[]) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
}

/** The socket; TLS and other streams have these too. */
interface Stream {
  unref?(): void;
  cork?(): void;
  uncork?(): void;
}

interface Cluster extends Omit<Client, "duplicate"> {
  duplicate(startupNodes: never[], options: Options): Cluster;
  nodes(role: "all" | "master"): Client[];
}

type Options = { readonly redisOptions?: Options; readonly [name: string]: unknown };

/** A connection is thrown away when it breaks: sent again by itself, a command could be done twice. */
const ONCE: Options = {
  lazyConnect: true,
  retryStrategy: null,
  sentinelRetryStrategy: null,
  reconnectOnError: null,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
  enableReadyCheck: true,
  monitor: false,
};

/** A node of a Cluster that says nothing for so long, in milliseconds, is left, so that its successor is looked for. */
const NODE_SILENCE_MS = 10_000;

const CLUSTER_ONCE: Options = {
  lazyConnect: true,
  clusterRetryStrategy: null,
  clusterNodeRetryStrategy: null,
  retryDelayOnFailover: 0,
  enableOfflineQueue: true,
  scaleReads: "master",
};

export function openIoredis(client: IoredisClient): OpenLink {
  if (client.isCluster) return (lost) => openCluster(client as unknown as Cluster, lost);
  return (lost) => openRedis(client as unknown as Client, lost);
}

async function openRedis(client: Client, lost: Lost): Promise<Link> {
  const own = client.duplicate({ ...ONCE, enableOfflineQueue: false });
  const close = await opened(own, lost);
  own.stream?.unref?.();
  return { send: together(own), listen: (hear, deaf) => listen(client, hear, deaf), close };
}

/** Where there is one, as in Node, Bun and Deno: runs when all that has come in was read. */
const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => unknown };

/**
 * Sends what is asked for in one turn of the event loop with one write, as `redis` does by itself: a write for each command
 * would cost as much as all else that is done for it.
 */
function together(own: Client): (command: readonly string[]) => Promise<unknown> {
  let corked = false;
  return (command) => {
    const { stream } = own;
    if (!corked && stream?.cork !== undefined && setImmediate !== undefined) {
      corked = true;
      stream.cork();
      setImmediate(() => {
        corked = false;
        stream.uncork?.();
      });
    }
    return call(own, command);
  };
}

async function openCluster(client: Cluster, lost: Lost): Promise<Link> {
  const redisOptions = {
    ...client.options.redisOptions,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    socketTimeout: NODE_SILENCE_MS,
  };
  const own = client.duplicate([], { ...CLUSTER_ONCE, redisOptions });
  const close = await opened(own, lost);
  return {
    send: (command) => call(own, command),
    listen(hear, deaf) {
      const nodes = own.nodes("master");
      const node = nodes[Math.floor(Math.random() * nodes.length)];
      if (node === undefined) return Promise.reject(new Error("No node of the Cluster is known."));
      return listen(node, hear, deaf);
    },
    close,
  };
}

async function listen(client: Client, hear: Hear, lost: Lost): Promise<Ear> {
  // Channels have no prefix where they are published.
  const own = client.duplicate({ ...ONCE, enableOfflineQueue: false, autoResubscribe: false, keyPrefix: "" });
  own.on("message", hear);
  const close = await opened(own, lost);
  own.stream?.unref?.();
  return {
    async subscribe(channel) {
      await own.subscribe(channel);
    },
    async unsubscribe(channel) {
      await own.unsubscribe(channel);
    },
    async ping() {
      await own.ping();
    },
    close,
  };
}

/** Resolves once the connection is ready, with what ends it. */
function opened(own: Client | Cluster, lost: Lost): Promise<() => void> {
  return new Promise((resolve, reject) => {
    let ready = false;
    let closed = false;
    let reason: unknown;
    const close = () => {
      closed = true;
      own.disconnect();
    };
    own.on("error", (error: Error) => {
      reason = error;
    });
    own.on("node error", (error: Error) => {
      reason = error;
    });
    own.on("ready", () => {
      ready = true;
      resolve(close);
    });
    own.on("end", () => {
      reject(reason ?? new Error("The connection to Redis was closed while it was opened."));
      if (ready && !closed) lost();
    });
    own.connect().catch((error: unknown) => {
      // What was told before says more.
      reason ??= error;
      // A failed attempt also ends, but for one that was discarded before it began.
      if (own.status !== "ready") own.disconnect();
      reject(reason);
    });
  });
}

function call(own: Client | Cluster, [name = "", ...args]: readonly string[]): Promise<unknown> {
  return own.call(name, ...args);
}
