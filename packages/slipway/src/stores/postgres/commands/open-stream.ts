import type { Command } from "./command.ts";

/** $1 session, $2 stream, $3 idle time, $4 streams at most. No row when there is no such session. */
export const openStream: Command = {
  name: "open_stream",
  define: `
-- Opens the log of a stream of a session that is locked, and makes room for it.
CREATE OR REPLACE FUNCTION schema.use_stream(p_session bigint, p_stream text, p_max bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  found_key bigint;
BEGIN
  UPDATE schema.streams SET closed_at = NULL WHERE session_key = p_session AND stream_id = p_stream
    RETURNING key INTO found_key;
  IF FOUND THEN RETURN found_key; END IF;
  DELETE FROM schema.streams WHERE key IN (
    SELECT key FROM schema.streams WHERE session_key = p_session ORDER BY closed_at NULLS LAST, key
    LIMIT greatest(0, (SELECT count(*) FROM schema.streams WHERE session_key = p_session) - p_max + 1));
  INSERT INTO schema.streams (session_key, stream_id) VALUES (p_session, p_stream) RETURNING key INTO found_key;
  RETURN found_key;
END $$;

CREATE OR REPLACE FUNCTION schema.open_stream(p_id text, p_stream text, p_idle bigint, p_max bigint)
RETURNS TABLE (log float8, start float8) LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
  stream bigint;
BEGIN
  IF session IS NULL THEN RETURN; END IF;
  stream := schema.use_stream(session, p_stream, p_max);
  RETURN QUERY SELECT s.key::float8, (s.first - 1)::float8 FROM schema.streams s WHERE s.key = stream;
END $$;`,
  call: "SELECT * FROM schema.open_stream($1, $2, $3, $4)",
};
