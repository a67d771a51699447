import { Client, Pool } from "pg";
import type { Store } from "slipway";
import { postgresStore } from "slipway/postgres";
import { type ContractSettings, type EventBusUnderTest, runContract, storeContract } from "slipway/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PostgresServer } from "./postgres-server.ts";
import { printed } from "./report.ts";

let server: PostgresServer | undefined;
let url: string;
const opened: { store: Store; pool: Pool }[] = [];
const schemas = new Set<string>();
let names = 0;

beforeAll(async () => {
  server = process.env.DATABASE_URL ? undefined : await PostgresServer.make();
  url = process.env.DATABASE_URL ?? server?.url ?? "";
});

afterAll(async () => {
  for (const { store, pool } of opened) {
    await store.close();
    await pool.end();
  }
  await withClient(async (client) => {
    for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
  await server?.remove();
});

/** A connection that is closed when this resolves, which a pool's end does not promise. */
async function withClient(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** An instance with a pool of its own, whose connections can be cut. */
function open(schema: string, settings?: ContractSettings): Store {
  schemas.add(schema);
  const name = `${schema}-${names++}`;
  const pool = new Pool({ connectionString: url, max: 4, application_name: name });
  const store = postgresStore(pool, { schema, ...settings });
  opened.push({ store, pool });
  const cut = () =>
    withClient((client) =>
      client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [
        name,
      ]),
    );
  const bus: EventBusUnderTest = Object.assign(store.bus, {
    interrupt: cut,
    crash: async () => {
      // What the pool gives from now on is nothing, as after the death of its process.
      Object.assign(pool, { connect: () => new Promise(() => {}) });
      await cut();
    },
  });
  return { ...store, bus };
}

describe("a store in Postgres", () => {
  test.each([2, 3])(
    "keeps the contract with %i instances",
    async (least) => {
      const run = `slipway_test_${process.pid}_${least}`;
      const shared: Store[] = [];
      let own = 0;
      const report = await runContract(storeContract, {
        abilities: [
          "idleTimeoutMs",
          "maxSessions",
          "maxEventBufferSize",
          "deadAfterMs",
          "crash",
          "interrupt",
        ],
        makeInstances: (count, settings) => {
          if (settings !== undefined) {
            const schema = `${run}_${own++}`;
            return Array.from({ length: count }, () => open(schema, settings));
          }
          while (shared.length < Math.max(count, least)) shared.push(open(run));
          // Every case begins at another instance.
          shared.push(...shared.splice(0, 1));
          return shared.slice(0, count);
        },
      });
      printed(`postgres, ${least} instances`, report);
      expect(report.failed).toEqual([]);
      expect(report.skipped).toEqual([]);
      expect(report.passed).toHaveLength(storeContract.length);
    },
    300_000,
  );
});
