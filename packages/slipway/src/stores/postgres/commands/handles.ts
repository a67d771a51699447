import type { Command } from "./command.ts";

/** $1 id, $2 value, $3 life. No row when the id is in use. */
export const createHandle: Command = {
  name: "create_handle",
  call: `INSERT INTO schema.handles AS h (id, value, expires_at) VALUES ($1, $2, schema.now_ms() + $3::bigint)
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = h.version + 1, expires_at = excluded.expires_at
    WHERE h.expires_at <= schema.now_ms() RETURNING 1`,
};

/** $1 id, $2 life. */
export const readHandle: Command = {
  name: "read_handle",
  call: `UPDATE schema.handles SET expires_at = schema.now_ms() + $2::bigint
    WHERE id = $1 AND expires_at > schema.now_ms() RETURNING value, version::float8 AS version`,
};

/** $1 id, $2 value, $3 version, $4 life. */
export const writeHandle: Command = {
  name: "write_handle",
  call: `UPDATE schema.handles SET value = $2, version = version + 1, expires_at = schema.now_ms() + $4::bigint
    WHERE id = $1 AND version = $3::bigint AND expires_at > schema.now_ms() RETURNING 1`,
};

/** $1 id. */
export const deleteHandle: Command = {
  name: "delete_handle",
  call: "DELETE FROM schema.handles WHERE id = $1",
};
