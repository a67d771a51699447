import type { Command } from "./command.ts";

/** $1 session, $2 name. Names have no bound, unlike what an index takes, so they are found by their digests. */
export const readValue: Command = {
  name: "read_value",
  call: `SELECT v.value, v.version::float8 AS version
    FROM schema.sessions s JOIN schema.session_values v ON v.session_key = s.key
    WHERE s.id = $1 AND s.expires_at > schema.now_ms() AND v.digest = sha256(convert_to($2, 'UTF8'))`,
};
