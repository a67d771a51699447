import type { Command } from "./command.ts";

/** $1 session, $2 stream, $3 request, $4 owner, $5 idle time, $6 calls at most. Gives false when there are too many. */
export const beginCall: Command = {
  name: "begin_call",
  define: `
CREATE OR REPLACE FUNCTION schema.begin_call(
  p_id text, p_stream text, p_request text, p_owner text, p_idle bigint, p_max bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
BEGIN
  IF session IS NULL THEN RETURN true; END IF;
  IF (SELECT count(*) FROM schema.calls WHERE session_key = session AND stream_id <> p_stream) >= p_max THEN RETURN false; END IF;
  INSERT INTO schema.calls (session_key, stream_id, request, owner) VALUES (session, p_stream, p_request, p_owner)
    ON CONFLICT DO NOTHING;
  RETURN true;
END $$;`,
  call: "SELECT schema.begin_call($1, $2, $3, $4, $5, $6) AS begun",
};
