import type { Command } from "./command.ts";

/** $1 channel, $2 payload. */
export const publish: Command = { name: "publish", call: "SELECT pg_notify($1, $2)" };

/** $1 instance. Says that it lives. */
export const signPresence: Command = {
  name: "sign_presence",
  call: `INSERT INTO schema.instances (id, seen_at) VALUES ($1, schema.now_ms())
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
};

/** $1 instance. */
export const removePresence: Command = {
  name: "remove_presence",
  call: "DELETE FROM schema.instances WHERE id = $1",
};

/** $1 instance, $2 the time after which it counts as dead. One row while it lives. */
export const isPresent: Command = {
  name: "is_present",
  call: "SELECT 1 FROM schema.instances WHERE id = $1 AND seen_at > schema.now_ms() - $2::bigint",
};
