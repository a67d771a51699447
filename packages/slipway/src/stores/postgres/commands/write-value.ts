import type { Command } from "./command.ts";

/**
 * $1 session, $2 name, $3 value or NULL to delete it, $4 version, $5 idle time, $6 bytes at most. Gives "written",
 * "refused" or "full".
 */
export const writeValue: Command = {
  name: "write_value",
  define: `
CREATE OR REPLACE FUNCTION schema.write_value(
  p_id text, p_name text, p_value text, p_version bigint, p_idle bigint, p_max bigint)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
  name_digest bytea := sha256(convert_to(p_name, 'UTF8'));
  before_version bigint;
  freed bigint;
  added bigint := coalesce(octet_length(p_name) + octet_length(p_value), 0);
  next_version bigint;
BEGIN
  IF session IS NULL THEN RETURN 'refused'; END IF;
  SELECT version, bytes INTO before_version, freed FROM schema.session_values
    WHERE session_key = session AND digest = name_digest;
  IF coalesce(before_version, 0) <> p_version THEN RETURN 'refused'; END IF;
  freed := coalesce(freed, 0);
  IF p_value IS NOT NULL AND (SELECT value_bytes FROM schema.sessions WHERE key = session) - freed + added > p_max THEN
    RETURN 'full';
  END IF;
  UPDATE schema.sessions SET value_version = value_version + 1, value_bytes = value_bytes - freed + added
    WHERE key = session RETURNING value_version INTO next_version;
  IF p_value IS NULL THEN
    DELETE FROM schema.session_values WHERE session_key = session AND digest = name_digest;
  ELSE
    INSERT INTO schema.session_values (session_key, digest, value, version, bytes)
      VALUES (session, name_digest, p_value, next_version, added)
      ON CONFLICT (session_key, digest)
      DO UPDATE SET value = excluded.value, version = excluded.version, bytes = excluded.bytes;
  END IF;
  RETURN 'written';
END $$;`,
  call: "SELECT schema.write_value($1, $2, $3, $4, $5, $6) AS outcome",
};
