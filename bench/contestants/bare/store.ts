import { Redis } from "ioredis";
import { Client, Pool } from "pg";
import { createClient } from "redis";
import { library, storeUrl } from "../shared/store.ts";

/** How long a session lives when it is not used, in milliseconds. */
const IDLE_MS = 30 * 60_000;

/** Sessions in a store, each read by one round trip that lets it live on; and a channel. */
export interface BareStore {
  create(id: string, meta: string): Promise<unknown>;
  /** `undefined` or `null` for a session that there is not. */
  read(id: string): Promise<unknown>;
  publish(text: string): Promise<unknown>;
  listen(hear: (text: string) => void): Promise<unknown>;
}

export function openBareStore(): Promise<BareStore> {
  if (storeUrl.startsWith("postgres:")) return overPostgres();
  return library === "redis" ? overNodeRedis() : overIoredis();
}

/** Reads a session, and lets it live on. */
const READ = `
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return fields`;

const keyOf = (id: string) => `bare:session:{${id}}`;

async function overIoredis(): Promise<BareStore> {
  const client = new Redis(storeUrl);
  const sha = String(await client.script("LOAD", READ));
  return {
    create: (id, meta) => client.multi().hset(keyOf(id), "m", meta).pexpire(keyOf(id), IDLE_MS).exec(),
    read: (id) => client.evalsha(sha, 1, keyOf(id), IDLE_MS),
    publish: (text) => client.publish("bare", text),
    async listen(hear) {
      const own = client.duplicate();
      own.on("message", (_channel, text) => hear(text));
      await own.subscribe("bare");
    },
  };
}

async function overNodeRedis(): Promise<BareStore> {
  const client = await createClient({ url: storeUrl }).connect();
  const sha = await client.scriptLoad(READ);
  return {
    create: (id, meta) => client.multi().hSet(keyOf(id), "m", meta).pExpire(keyOf(id), IDLE_MS).exec(),
    read: (id) => client.evalSha(sha, { keys: [keyOf(id)], arguments: [String(IDLE_MS)] }),
    publish: (text) => client.publish("bare", text),
    async listen(hear) {
      const own = await client.duplicate().connect();
      await own.subscribe("bare", hear);
    },
  };
}

async function overPostgres(): Promise<BareStore> {
  const pool = new Pool({ connectionString: storeUrl });
  await pool.query(
    "CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, meta text, expires_at timestamptz)",
  );
  const add = "INSERT INTO bare VALUES ($1, $2, now() + interval '30 minutes')";
  // Of a life that is extended now and then, most uses write nothing.
  const read = "SELECT meta FROM bare WHERE id = $1 AND expires_at > now()";
  return {
    create: (id, meta) => pool.query(add, [id, meta]),
    read: async (id) => (await pool.query({ name: "read", text: read, values: [id] })).rows[0],
    publish: (text) => pool.query({ name: "tell", text: "SELECT pg_notify('bare', $1)", values: [text] }),
    async listen(hear) {
      const own = new Client({ connectionString: storeUrl });
      await own.connect();
      own.on("notification", ({ payload = "" }) => hear(payload));
      await own.query("LISTEN bare");
    },
  };
}
