import type { Command } from "./command.ts";

/**
 * $1 session, $2 stream, $3 owner, $4 message, $5 whether it is the last, $6 writer, $7 mark, $8 idle time, $9 events,
 * $10 bytes and $11 streams at most. No row when another owns the call, unless the event was appended before.
 */
export const appendCallEvent: Command = {
  name: "append_call_event",
  define: `
CREATE OR REPLACE FUNCTION schema.append_call_event(
  p_id text, p_stream text, p_owner text, p_message text, p_last boolean, p_writer text, p_mark bigint,
  p_idle bigint, p_max_events bigint, p_max_bytes bigint, p_max_streams bigint)
RETURNS TABLE (log float8, sequence float8) LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
  call bigint;
BEGIN
  SELECT key INTO call FROM schema.calls WHERE session_key = session AND stream_id = p_stream AND owner = p_owner;
  IF NOT FOUND THEN
    RETURN QUERY SELECT * FROM schema.marked_event(session, p_stream, p_writer, p_mark);
    RETURN;
  END IF;
  IF p_last THEN DELETE FROM schema.calls WHERE key = call; END IF;
  RETURN QUERY SELECT * FROM schema.add_event(
    session, p_stream, p_message, p_writer, p_mark, p_max_events, p_max_bytes, p_max_streams);
END $$;`,
  call: "SELECT * FROM schema.append_call_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
};
