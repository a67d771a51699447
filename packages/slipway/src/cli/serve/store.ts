import type { Store } from "../../ports/index.ts";
import { Failure, UsageError } from "../command.ts";
import { withoutPassword } from "../settings/index.ts";

/** How long a store may take to answer when a server starts, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Whether processes that open a store of this name share what is in it. */
export function isShared(store: string | Store): boolean {
  return store !== "memory";
}

/**
 * Opens a store by its name, and waits until it can be used.
 * @throws UsageError when there is no store of such a name
 * @throws Failure when it cannot be used, or what it needs is not installed
 */
export async function openStore(store: string | Store): Promise<Store> {
  const name = typeof store === "string" ? withoutPassword(store) : "of the configuration";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it has not answered for ${PATIENCE_MS / 1000} s`)),
      PATIENCE_MS,
    );
  });
  try {
    const opened = typeof store === "string" ? await openNamed(store) : store;
    await Promise.race([opened.ready(), late]);
    return opened;
  } catch (error) {
    if (error instanceof Failure || error instanceof UsageError) throw error;
    throw new Failure(`The store ${name} cannot be used: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function openNamed(name: string): Promise<Store> {
  if (name === "memory") return (await import("../../stores/memory/index.ts")).memoryStore();
  const [, scheme] = /^([a-z]+):/.exec(name) ?? [];
  switch (scheme) {
    case "sqlite":
      return openSqlite(name.slice("sqlite:".length));
    case "redis":
    case "rediss":
      return openRedis(name);
    case "postgres":
    case "postgresql":
      return openPostgres(name);
    default:
      throw new UsageError(
        `--store: expected memory, sqlite:FILE, redis://… or postgres://…, got "${withoutPassword(name)}".`,
      );
  }
}

async function openSqlite(file: string): Promise<Store> {
  if (file === "") throw new UsageError("--store: expected a file behind sqlite:, such as sqlite:./data.db.");
  const { sqliteStore } = await import("../../stores/sqlite/index.ts");
  return sqliteStore(file);
}

async function openRedis(url: string): Promise<Store> {
  const [{ redisStore }, { Redis }] = await Promise.all([
    import("../../stores/redis/index.ts"),
    peer("ioredis", () => import("ioredis")),
  ]);
  // A pattern for the store's own connections.
  return redisStore(new Redis(url, { lazyConnect: true }));
}

async function openPostgres(url: string): Promise<Store> {
  const [{ postgresStore }, { default: pg }] = await Promise.all([
    import("../../stores/postgres/index.ts"),
    peer("pg", () => import("pg")),
  ]);
  const pool = new pg.Pool({ connectionString: url });
  const store = postgresStore(pool);
  return {
    ...store,
    async close() {
      await store.close();
      await pool.end();
    },
  };
}

async function peer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Failure(`That store needs the package ${name}: npm install ${name}`);
  }
}
