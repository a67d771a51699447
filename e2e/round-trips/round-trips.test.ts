import { Redis } from "ioredis";
import { Pool } from "pg";
import { createClient } from "redis";
import { McpServer, type Store } from "slipway";
import { type RunningServer, serve } from "slipway/node";
import { postgresStore } from "slipway/postgres";
import { redisStore } from "slipway/redis";
import { sqliteStore } from "slipway/sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { HttpClient } from "../fleet/http-client.ts";
import { PostgresServer } from "../stores/postgres-server.ts";
import { RedisServer, stopAll } from "../stores/redis-servers.ts";
import { PostgresTap } from "./postgres-tap.ts";
import { RedisTap } from "./redis-tap.ts";
import { tapStatements } from "./statement-tap.ts";
import { TappingProxy } from "./tapping-proxy.ts";

// All is counted that an instance asks its store for, over whatever connections it has. What it does by the clock (signs
// of life, looks for what dead instances have left) is put off, by its own option, until long after the test.
const QUIET = { deadAfterMs: 3_600_000, pollIntervalMs: 3_600_000 };

/** A store that is reached through something that counts. */
interface Tapped {
  readonly store: Store;
  /** The round trips since the beginning. */
  readonly trips: readonly string[];
  close(): Promise<void>;
}

let redis: RedisServer | undefined;
let postgres: PostgresServer | undefined;

afterAll(async () => {
  await postgres?.remove();
  await stopAll();
});

async function overRedis(open: (url: string) => Store): Promise<Tapped> {
  redis ??= await RedisServer.start();
  const proxy = await TappingProxy.inFrontOf(redis.port, () => new RedisTap());
  const store = open(`redis://127.0.0.1:${proxy.port}`);
  const close = async () => {
    await store.close();
    await proxy.close();
  };
  return { store, trips: proxy.trips, close };
}

async function overPostgres(): Promise<Tapped> {
  postgres ??= await PostgresServer.make();
  const proxy = await TappingProxy.inFrontOf(Number(new URL(postgres.url).port), () => new PostgresTap());
  const url = new URL(postgres.url);
  url.port = String(proxy.port);
  const pool = new Pool({ connectionString: url.href, max: 4 });
  const store = postgresStore(pool, QUIET);
  const close = async () => {
    await store.close();
    await pool.end();
    await proxy.close();
  };
  return { store, trips: proxy.trips, close };
}

async function overSqlite(): Promise<Tapped> {
  const trips: string[] = [];
  const stop = tapStatements((method) => void trips.push(method));
  const store = sqliteStore(":memory:", QUIET);
  const close = async () => {
    await store.close();
    stop();
  };
  return { store, trips, close };
}

const STORES: { name: string; open: () => Promise<Tapped> }[] = [
  {
    name: "Redis, ioredis",
    open: () => overRedis((url) => redisStore(new Redis(url, { lazyConnect: true }), QUIET)),
  },
  { name: "Redis, redis", open: () => overRedis((url) => redisStore(createClient({ url }), QUIET)) },
  { name: "Postgres, pg", open: overPostgres },
  { name: "SQLite", open: overSqlite },
];

const CALLS = 40;

function makeServer(): McpServer {
  const server = new McpServer({ name: "counted", version: "1.0.0" });
  server.tool("add", {
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    handler: ({ a, b }) => `${a + b}`,
  });
  server.tool("count", {
    inputSchema: z.object({ to: z.int(), waits: z.boolean() }),
    async handler({ to, waits }, ctx) {
      for (let progress = 1; progress <= to; progress++) {
        const kept = ctx.progress({ progress });
        if (waits) await kept;
      }
      return "done";
    },
  });
  return server;
}

describe.each(STORES)("round trips to $name", ({ name, open }) => {
  let tapped: Tapped;
  let running: RunningServer;
  let client: HttpClient;

  beforeEach(async () => {
    tapped = await open();
    running = await serve(makeServer(), { port: 0, store: tapped.store });
    client = await HttpClient.open(running.url);
    // Once each, so that scripts and statements are known, and connections are open.
    for (let warm = 0; warm < 8; warm++) await add();
    await Promise.all(Array.from({ length: 8 }, add));
    await count(2, true);
    await settled();
  });

  afterEach(async () => {
    await running.close();
    await tapped.close();
  });

  async function add(): Promise<void> {
    const params = { name: "add", arguments: { a: 20, b: 22 } };
    const response = await client.post(running.url, { id: 100, method: "tools/call", params });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toContain(`"42"`);
  }

  async function count(to: number, waits: boolean): Promise<number> {
    const stream = await client.call(running.url, "count", { to, waits }, 1);
    return (await stream.rest()).length;
  }

  /** What has begun has reached the store. */
  async function settled(): Promise<void> {
    for (let seen = -1; seen !== tapped.trips.length; ) {
      seen = tapped.trips.length;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async function tripsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = tapped.trips.length;
    await work();
    await settled();
    // What has expired is swept away once in a second, if the store is used, and nobody waits for it.
    return tapped.trips.slice(before).filter((trip) => trip !== "slipway.sweep");
  }

  test("a call in a session that is answered as JSON takes one, whether calls come by turns or at once", async () => {
    const byTurns = await tripsOf(async () => {
      for (let call = 0; call < CALLS; call++) await add();
    });
    const atOnce = await tripsOf(() => Promise.all(Array.from({ length: CALLS }, add)));
    console.log(`${name}: ${byTurns.length} and ${atOnce.length} for ${CALLS} calls each`);
    expect(byTurns).toHaveLength(CALLS);
    expect(atOnce).toHaveLength(CALLS);
  });

  test("a call that carries all it needs takes none", async () => {
    expect(await tripsOf(async () => expect(await callModern(running.url)).toBe("42"))).toEqual([]);
  });

  // What is one step there takes several statements, and no round trip at all.
  if (name === "SQLite") return;

  test("a call that is answered as a stream takes one for each event, and five", async () => {
    for (const events of [1, 10]) {
      for (const waits of [true, false]) {
        const trips = await tripsOf(async () => expect(await count(events, waits)).toBe(events + 1));
        // The session; the call is kept; the stream begins; each event, and the answer; the stream ends.
        expect(trips).toHaveLength(3 + events + 1 + 1);
      }
    }
  });
});

/** Calls the tool as clients of 2026-07-28 do, and gives the text. */
async function callModern(url: string): Promise<string | undefined> {
  const version = "2026-07-28";
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientInfo": { name: "client", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name: "add", arguments: { a: 20, b: 22 }, _meta };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": "tools/call",
      "mcp-name": "add",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
  const { result } = (await response.json()) as { result?: { content: readonly { text: string }[] } };
  return result?.content[0]?.text;
}
