import type { Command } from "./command.ts";

/** $1 channel, $2 payload. */
export const publish: Command = { name: "publish", call: "SELECT pg_notify($1, $2)" };

/** $1 instance, $2 the time after which it counts as dead. Says that it lives, and tells whether it had seemed to until now. */
export const signPresence: Command = {
  name: "sign_presence",
  call: `WITH before AS (SELECT seen_at FROM schema.instances WHERE id = $1)
    INSERT INTO schema.instances (id, seen_at) VALUES ($1, schema.now_ms())
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
    RETURNING coalesce((SELECT seen_at > schema.now_ms() - $2::bigint FROM before), true) AS lived`,
};

/** $1 instance. */
export const removePresence: Command = {
  name: "remove_presence",
  call: "DELETE FROM schema.instances WHERE id = $1",
};

/**
 * $1 one instance, $2 another, $3 the time after which an instance counts as dead. A row for each that has signed, with
 * whether it has lately; a server that has just begun says of all that they have.
 */
export const readPresence: Command = {
  name: "read_presence",
  call: `SELECT id, seen_at > schema.now_ms() - $3::bigint
      OR pg_postmaster_start_time() > clock_timestamp() - $3::bigint * interval '1 ms' AS lately
    FROM schema.instances WHERE id IN ($1, $2)`,
};
