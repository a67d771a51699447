import { Redis } from "ioredis";
import { Pool } from "pg";
import { createClient } from "redis";
import { McpServer, type Store } from "slipway";
import { healthHandlers } from "slipway/health";
import { serve } from "slipway/node";
import { postgresStore } from "slipway/postgres";
import { redisStore } from "slipway/redis";
import { sqliteStore } from "slipway/sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { type StoreServer, startStore } from "../chaos/stores.ts";

const LOG: string[] = [];
const warn = (message: string) => void LOG.push(message);
const logger = { error: warn, warn, info: warn, debug: () => {} };

async function serving(store: Store) {
  const server = new McpServer({ name: "probed", version: "3.2.1", logger });
  const running = await serve(server, { port: 0, store, health: { cacheMs: 50 } });
  onTestFinished(async () => {
    await running.close(0);
    await store.close();
  });
  const probe = async (path: string) => {
    const response = await fetch(new URL(path, running.url));
    return { status: response.status, body: await response.json() };
  };
  return probe;
}

async function open(kind: string, server: StoreServer): Promise<Store> {
  if (kind === "Postgres") {
    const pool = new Pool({ connectionString: server.url });
    pool.on("error", () => {});
    onTestFinished(() => pool.end());
    return postgresStore(pool);
  }
  if (kind === "ioredis") {
    const client = new Redis(server.url, { lazyConnect: true });
    client.on("error", () => {});
    onTestFinished(() => client.disconnect());
    return redisStore(client);
  }
  const client = createClient({ url: server.url });
  client.on("error", () => {});
  return redisStore(client);
}

test.each(["ioredis", "redis", "Postgres"])(
  "is ready exactly while its store answers: %s",
  async (kind) => {
    const server = await startStore(kind === "Postgres" ? "postgres" : "redis");
    onTestFinished(() => server.remove());
    const store = await open(kind, server);
    await store.ready();
    const probe = await serving(store);
    const becomes = (status: number) =>
      vi.waitFor(async () => expect((await probe("/ready")).status).toBe(status), 15_000);
    await becomes(200);
    expect((await probe("/ready")).body).toMatchObject({
      status: "up",
      version: "3.2.1",
      components: { store: { status: "up" } },
    });
    await server.stop();
    await becomes(503);
    expect(await probe("/health")).toMatchObject({ status: 200, body: { version: "3.2.1" } });
    await server.start();
    await becomes(200);
    server.pause();
    await becomes(503);
    server.resume();
    await becomes(200);
    expect(LOG.filter((line) => line.includes('"store"')).length).toBeGreaterThan(0);
  },
  60_000,
);

test("SQLite is asked for what is in the file", async () => {
  const store = sqliteStore(":memory:");
  const ready = async () => (await healthHandlers({ store, cacheMs: 1, logger }).ready()).status;
  expect(await ready()).toBe(200);
  await store.close();
  expect(await ready()).toBe(503);
});
