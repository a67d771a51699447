import type { Command } from "./command.ts";

/**
 * $1 session, $2 stream, $3 message, $4 idle time, $5 events, $6 bytes and $7 streams at most. Gives the log and the
 * sequence; no row when there is no such session. The stream's row is locked until the event can be seen, so events
 * appear in the order of their sequences.
 */
export const appendEvent: Command = {
  name: "append_event",
  define: `
CREATE OR REPLACE FUNCTION schema.trim_stream(p_stream bigint, p_up_to bigint) RETURNS void LANGUAGE sql AS $$
  WITH gone AS (
    DELETE FROM schema.events WHERE stream_key = p_stream AND sequence <= p_up_to
    RETURNING octet_length(message) AS size)
  UPDATE schema.streams SET first = p_up_to + 1, bytes = bytes - (SELECT coalesce(sum(size), 0) FROM gone)
    WHERE key = p_stream;
$$;

-- Adds an event to a stream of a session that is locked, and makes room for it.
CREATE OR REPLACE FUNCTION schema.add_event(
  p_session bigint, p_stream text, p_message text, p_max_events bigint, p_max_bytes bigint, p_max_streams bigint)
RETURNS TABLE (log float8, sequence float8) LANGUAGE plpgsql AS $$
DECLARE
  size bigint := octet_length(p_message);
  opened bigint;
  stream schema.streams;
  victim schema.streams;
BEGIN
  UPDATE schema.streams SET last = last + 1, bytes = bytes + size, closed_at = NULL
    WHERE session_key = p_session AND stream_id = p_stream RETURNING * INTO stream;
  IF NOT FOUND THEN
    opened := schema.use_stream(p_session, p_stream, p_max_streams);
    UPDATE schema.streams SET last = last + 1, bytes = bytes + size WHERE key = opened RETURNING * INTO stream;
  END IF;
  INSERT INTO schema.events (stream_key, sequence, message) VALUES (stream.key, stream.last, p_message);
  IF size > p_max_bytes THEN
    -- Nothing else has to go for an event that could never be held.
    PERFORM schema.trim_stream(stream.key, stream.last);
  ELSIF stream.last - stream.first + 1 > p_max_events + 64 THEN
    PERFORM schema.trim_stream(stream.key, stream.last - p_max_events);
  END IF;
  WHILE (SELECT sum(bytes) FROM schema.streams WHERE session_key = p_session) > p_max_bytes LOOP
    SELECT * INTO victim FROM schema.streams WHERE session_key = p_session
      ORDER BY closed_at NULLS LAST, bytes DESC LIMIT 1;
    IF victim.closed_at IS NULL THEN
      PERFORM schema.trim_stream(victim.key, victim.first);
    ELSE
      DELETE FROM schema.streams WHERE key = victim.key;
    END IF;
  END LOOP;
  RETURN QUERY SELECT stream.key::float8, stream.last::float8;
END $$;

CREATE OR REPLACE FUNCTION schema.append_event(
  p_id text, p_stream text, p_message text,
  p_idle bigint, p_max_events bigint, p_max_bytes bigint, p_max_streams bigint)
RETURNS TABLE (log float8, sequence float8) LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
BEGIN
  IF session IS NULL THEN RETURN; END IF;
  RETURN QUERY SELECT * FROM schema.add_event(
    session, p_stream, p_message, p_max_events, p_max_bytes, p_max_streams);
END $$;`,
  call: "SELECT * FROM schema.append_event($1, $2, $3, $4, $5, $6, $7)",
};
