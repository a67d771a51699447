import type { RedisConnection } from "./connection.ts";
import { replyCode } from "./errors.ts";
import { Keys } from "./keys.ts";
import { script } from "./script.ts";

/** Commands that are used came with this version; Valkey reports the version of Redis that it is compatible with. */
const OLDEST = [6, 2] as const;

/** Returns what the server says of itself. KEYS[1] any key, which decides on the node of a Cluster. */
const readInfo = script("read-info", /* lua */ `return redis.call('INFO', 'server')`);

/** Rejects when Redis cannot be reached, or is too old. */
export async function checkServer(connection: RedisConnection): Promise<void> {
  const info = await connection.run(readInfo, [new Keys(connection.prefix).bus]).catch(unlessForbidden);
  const version = /^redis_version:(\d+)\.(\d+)\S*/m.exec(String(info));
  if (version === null) return;
  const [text, major, minor] = version;
  if (Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1])) return;
  throw new Error(
    `Expected Redis ${OLDEST.join(".")} or later, or Valkey, got ${text.replace("redis_version:", "Redis ")}; ` +
      "update the server.",
  );
}

/** Rejects when Redis does not answer, or can write nothing now. */
export async function pingServer(connection: RedisConnection): Promise<void> {
  await connection.command(["PING"], new Keys(connection.prefix).bus).catch(unlessForbidden);
}

/** It answers; what it may be asked is for its operators to say. */
function unlessForbidden(error: unknown): string {
  if (replyCode(error) === "NOPERM" || String(error).includes("NOPERM")) return "";
  throw error;
}
