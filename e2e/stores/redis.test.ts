import { Redis } from "ioredis";
import type { Store } from "slipway";
import { type RedisClient, redisStore } from "slipway/redis";
import { type ContractSettings, runContract, storeContract } from "slipway/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, clusterClientOf, type Library, sentinelClientOf, type User } from "./redis-clients.ts";
import { installed, RedisServer, startCluster, startSentinel, stopAll } from "./redis-servers.ts";
import { printed } from "./report.ts";

const { REDIS_URL } = process.env;
const VALKEY = installed("valkey-server");

/** Where the instances of a contract meet. */
interface Place {
  client(library: Library, user?: User): RedisClient;
  /** Clients that may do everything, one to each server; none where the server is not ours. */
  readonly admins: readonly Redis[];
}

const places = new Map<string, Place>();
const stores: Store[] = [];
let prefixes = 0;
let users = 0;

beforeAll(async () => {
  places.set("one server", REDIS_URL === undefined ? await oneServer() : theirServer(REDIS_URL));
  places.set("a Cluster", await ourCluster());
  places.set("found by a Sentinel", await watchedServer());
  if (VALKEY !== undefined) places.set("Valkey", await oneServer("valkey-server"));
});

afterAll(async () => {
  for (const store of stores) await store.close();
  for (const { admins } of places.values()) for (const admin of admins) admin.disconnect();
  await stopAll();
});

async function oneServer(program?: string): Promise<Place> {
  const server = await RedisServer.start({ program });
  return {
    client: (library, user) => clientOf(library, server.url, user),
    admins: [new Redis(server.url)],
  };
}

function theirServer(url: string): Place {
  return { client: (library) => clientOf(library, url), admins: [] };
}

async function watchedServer(): Promise<Place> {
  const server = await RedisServer.start();
  const sentinel = await startSentinel(server);
  return {
    client: (library, user) => sentinelClientOf(library, sentinel.port, user),
    admins: [new Redis(server.url)],
  };
}

async function ourCluster(): Promise<Place> {
  const nodes = await startCluster();
  const ports = nodes.map(({ port }) => port);
  return {
    client: (library, user) => clusterClientOf(library, ports, user),
    admins: nodes.map(({ url }) => new Redis(url)),
  };
}

/** A store, and ways to cut off its instance where the server is ours. */
async function open(place: Place, library: Library, settings: ContractSettings & { prefix: string }) {
  const user = { username: `instance-${users++}`, password: "secret" };
  const ours = place.admins.length > 0;
  for (const admin of place.admins)
    await admin.acl("SETUSER", user.username, "on", `>${user.password}`, "~*", "&*", "+@all");
  const store = redisStore(place.client(library, ours ? user : undefined), settings);
  stores.push(store);
  const interrupt = async () => {
    for (const admin of place.admins) await admin.client("KILL", "USER", user.username);
  };
  const crash = async () => {
    for (const admin of place.admins) await admin.acl("SETUSER", user.username, "off");
    await interrupt();
  };
  if (ours) Object.assign(store.bus, { interrupt, crash });
  return store;
}

const RUNS = [
  ["one server", [3]],
  ["a Cluster", [2]],
  ["found by a Sentinel", [2]],
  ...(VALKEY === undefined ? [] : ([["Valkey", [2]]] as const)),
] as const;

describe.each(
  RUNS.flatMap(([where, counts]) =>
    counts.flatMap((least) => [
      { where, least, library: "ioredis" as const },
      { where, least, library: "redis" as const },
    ]),
  ),
)("a store in Redis, $where, over $library", ({ where, library, least }) => {
  test(`keeps the contract with ${least} instances`, async () => {
    const place = places.get(where) as Place;
    const prefix = () => `contract-${process.pid}-${prefixes++}`;
    const common = prefix();
    const shared: Store[] = [];
    const report = await runContract(storeContract, {
      abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize", "deadAfterMs"],
      makeInstances: async (count, settings) => {
        if (settings !== undefined) {
          const own = { ...settings, prefix: prefix() };
          return Promise.all(Array.from({ length: count }, () => open(place, library, own)));
        }
        while (shared.length < Math.max(count, least))
          shared.push(await open(place, library, { prefix: common }));
        // Every case begins at another instance.
        shared.push(...shared.splice(0, 1));
        return shared.slice(0, count);
      },
    });
    printed(`Redis, ${where}, ${library}, ${least} instances`, report);
    expect(report.failed).toEqual([]);
    const cuts = place.admins.length > 0 ? [] : storeContract.filter(cutsOff).map(({ name }) => name);
    expect(report.skipped.map(({ name }) => name)).toEqual(cuts);
    expect(report.passed).toHaveLength(storeContract.length - cuts.length);
  }, 120_000);
});

function cutsOff({ requires = [] }: { requires?: readonly string[] }): boolean {
  return requires.includes("crash") || requires.includes("interrupt");
}
