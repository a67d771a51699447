import type { Command } from "./command.ts";

/** $1 session, $2 stream, $3 owner, $4 idle time. */
export const endCall: Command = {
  name: "end_call",
  define: `
CREATE OR REPLACE FUNCTION schema.end_call(p_id text, p_stream text, p_owner text, p_idle bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
BEGIN
  DELETE FROM schema.calls WHERE session_key = session AND stream_id = p_stream AND owner = p_owner;
  RETURN FOUND;
END $$;`,
  call: "SELECT schema.end_call($1, $2, $3, $4) AS ended",
};
