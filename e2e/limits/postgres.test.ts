import pg from "pg";
import { RateLimiterPostgres } from "rate-limiter-flexible";
import { flexibleLimits, perHour } from "slipway/limits";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PostgresServer } from "../stores/postgres-server.ts";
import { type Instance, startInstance } from "./instance.ts";

let server: PostgresServer;
let pool: pg.Pool;
const instances: Instance[] = [];

beforeAll(async () => {
  server = await PostgresServer.make();
  pool = new pg.Pool({ connectionString: server.url });
  // Of connections that are on their way down with the server.
  pool.on("error", () => {});
});

afterAll(async () => {
  for (const instance of instances) await instance.close(0);
  await pool.end();
  await server.remove();
});

test("instances count together in Postgres, as the page of the limits sets it up", async () => {
  const options = { storeClient: pool, tableName: "limits" };
  await new Promise<void>((made, failed) => {
    new RateLimiterPostgres({ ...options, points: 1, duration: 1 }, (error) =>
      error ? failed(error) : made(),
    );
  });
  const store = flexibleLimits(
    (window) => new RateLimiterPostgres({ ...options, ...window, tableCreated: true }),
  );
  for (let i = 0; i < 2; i++) {
    instances.push(
      await startInstance({
        principal: perHour(12),
        quotas: { tenant: { day: 5 } },
        store,
        storeTimeoutMs: 5_000,
      }),
    );
  }
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) statuses.push((await (instances[i % 2] as Instance).call()).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  const more = await Promise.all(Array.from({ length: 20 }, (_, i) => (instances[i % 2] as Instance).call()));
  expect(more.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 429));
  expect(instances.flatMap(({ log }) => log)).toEqual([]);
});
