import type { Ear, Hear, Link, Lost, NodeRedisClient, OpenLink } from "./client.ts";

interface Common {
  connect(): Promise<unknown>;
  destroy(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

/** What is used of the client of one server. */
interface Client extends Common {
  readonly options: Options | undefined;
  duplicate(options: Options): Client;
  sendCommand(command: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  unref(): void;
}

interface Cluster extends Common {
  readonly masters: readonly ClusterNode[];
  readonly _options: { readonly defaults?: Options };
  duplicate(options: Options): Cluster;
  nodeClient(node: ClusterNode): Promise<Client>;
  sendCommand(key: string, isReadonly: boolean, command: readonly string[]): Promise<unknown>;
}

type ClusterNode = { readonly address: string };

interface Sentinel extends Common {
  duplicate(options: Options): Sentinel;
  getMasterNode(): unknown;
  sendCommand(isReadonly: boolean, command: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
}

type Options = { readonly socket?: object; readonly [name: string]: unknown };

export function openNodeRedis(client: NodeRedisClient): OpenLink {
  if ("masters" in client && "nodeClient" in client)
    return (lost) => openCluster(client as unknown as Cluster, lost);
  if ("getMasterNode" in client) return (lost) => openSentinel(client as unknown as Sentinel, lost);
  return (lost) => openClient(client as unknown as Client, lost);
}

async function openClient(client: Client, lost: Lost): Promise<Link> {
  const own = await connected(client, lost);
  return {
    send: (command) => own.client.sendCommand(command),
    listen: (hear, deaf) => listen(client, hear, deaf),
    close: own.close,
  };
}

async function openCluster(client: Cluster, _lost: Lost): Promise<Link> {
  // The Cluster's client finds the way to its nodes by itself; a command waits for none of them.
  const { defaults } = client._options;
  const reconnectStrategy = (retries: number) => Math.min(50 * 2 ** retries, 1_000);
  const own = client.duplicate({
    commandOptions: {},
    defaults: { ...defaults, disableOfflineQueue: true, socket: { ...defaults?.socket, reconnectStrategy } },
  });
  own.on("error", () => {});
  try {
    await own.connect();
  } catch (error) {
    destroy(own);
    throw error;
  }
  return {
    send: (command, key) => own.sendCommand(key, false, command),
    async listen(hear, deaf) {
      const node = own.masters[Math.floor(Math.random() * own.masters.length)];
      if (node === undefined) throw new Error("No node of the Cluster is known.");
      return listen(await own.nodeClient(node), hear, deaf);
    },
    close: () => destroy(own),
  };
}

async function openSentinel(client: Sentinel, _lost: Lost): Promise<Link> {
  const own = await connectedSentinel(client, () => {});
  return {
    send: (command) => own.sendCommand(false, command),
    async listen(hear, lost) {
      // It subscribes again by itself; what was missed meanwhile, only a new one can tell.
      const ear = await connectedSentinel(client, lost);
      return {
        async subscribe(channel) {
          await ear.subscribe(channel, (text) => hear(channel, text));
        },
        async unsubscribe(channel) {
          await ear.unsubscribe(channel);
        },
        async ping() {
          await ear.sendCommand(false, ["PING"]);
        },
        close: () => destroy(ear),
      };
    },
    close: () => destroy(own),
  };
}

/** @param disturbed called when the master or the connection to it has changed */
async function connectedSentinel(client: Sentinel, disturbed: () => void): Promise<Sentinel> {
  const own = client.duplicate({ commandOptions: {}, masterPoolSize: 1 });
  let ready = false;
  const changed = () => {
    if (ready) disturbed();
  };
  for (const event of ["error", "client-error", "topology-change"]) own.on(event, changed);
  try {
    await own.connect();
  } catch (error) {
    destroy(own);
    throw error;
  }
  ready = true;
  return own;
}

async function listen(client: Client, hear: Hear, lost: Lost): Promise<Ear> {
  const own = await connected(client, lost);
  return {
    async subscribe(channel) {
      await own.client.subscribe(channel, (text) => hear(channel, text));
    },
    async unsubscribe(channel) {
      await own.client.unsubscribe(channel);
    },
    async ping() {
      await own.client.sendCommand(["PING"]);
    },
    close: own.close,
  };
}

/** A connection of its own, which does not connect again. */
async function connected(client: Client, lost: Lost): Promise<{ client: Client; close: () => void }> {
  const own = client.duplicate({
    commandOptions: {},
    disableOfflineQueue: true,
    socket: { ...client.options?.socket, reconnectStrategy: false },
  });
  let ready = false;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    destroy(own);
    if (ready) lost();
  };
  own.on("error", () => {
    // Told before it is tried to connect as well as after it was lost.
    if (ready) end();
  });
  own.on("end", end);
  try {
    await own.connect();
  } catch (error) {
    ended = true;
    destroy(own);
    throw error;
  }
  ready = true;
  own.unref();
  return {
    client: own,
    close() {
      ended = true;
      destroy(own);
    },
  };
}

function destroy(own: Common): void {
  try {
    void Promise.resolve(own.destroy()).catch(() => {});
  } catch {
    // It is closed already.
  }
}
