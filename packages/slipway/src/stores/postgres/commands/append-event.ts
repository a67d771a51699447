import type { Command } from "./command.ts";

/**
 * $1 session, $2 stream, $3 message, $4 writer, $5 mark, $6 idle time, $7 events, $8 bytes and $9 streams at most. Gives
 * the log and the sequence; no row when there is no such session. What the writer has appended with the same mark is not
 * appended again. The stream's row is locked until the event can be seen, so events
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

-- What a writer has appended with a mark to a stream.
CREATE OR REPLACE FUNCTION schema.marked_event(p_session bigint, p_stream text, p_writer text, p_mark bigint)
RETURNS TABLE (log float8, sequence float8) LANGUAGE sql AS $$
  SELECT e.stream_key::float8, e.sequence::float8 FROM schema.events e JOIN schema.streams s ON s.key = e.stream_key
    WHERE s.session_key = p_session AND s.stream_id = p_stream AND e.mark = p_writer || p_mark;
$$;

-- Adds an event to a stream of a session that is locked, and makes room for it. A writer's marks rise, so that one which
-- does not, or another writer's, may be of what was appended before.
CREATE OR REPLACE FUNCTION schema.add_event(
  p_session bigint, p_stream text, p_message text, p_writer text, p_mark bigint,
  p_max_events bigint, p_max_bytes bigint, p_max_streams bigint)
RETURNS TABLE (log float8, sequence float8) LANGUAGE plpgsql AS $$
DECLARE
  size bigint := octet_length(p_message);
  opened bigint;
  stream schema.streams;
  victim schema.streams;
BEGIN
  UPDATE schema.streams SET last = last + 1, bytes = bytes + size, closed_at = NULL, mark = p_mark
    WHERE session_key = p_session AND stream_id = p_stream AND writer = p_writer AND mark < p_mark
    RETURNING * INTO stream;
  IF NOT FOUND THEN
    RETURN QUERY SELECT * FROM schema.marked_event(p_session, p_stream, p_writer, p_mark);
    IF FOUND THEN RETURN; END IF;
    opened := schema.use_stream(p_session, p_stream, p_max_streams);
    UPDATE schema.streams SET last = last + 1, bytes = bytes + size, writer = p_writer,
      mark = CASE WHEN writer = p_writer THEN greatest(mark, p_mark) ELSE p_mark END
      WHERE key = opened RETURNING * INTO stream;
  END IF;
  INSERT INTO schema.events (stream_key, sequence, message, mark)
    VALUES (stream.key, stream.last, p_message, p_writer || p_mark);
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
  p_id text, p_stream text, p_message text, p_writer text, p_mark bigint,
  p_idle bigint, p_max_events bigint, p_max_bytes bigint, p_max_streams bigint)
RETURNS TABLE (log float8, sequence float8) LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
BEGIN
  IF session IS NULL THEN RETURN; END IF;
  RETURN QUERY SELECT * FROM schema.add_event(
    session, p_stream, p_message, p_writer, p_mark, p_max_events, p_max_bytes, p_max_streams);
END $$;`,
  call: "SELECT * FROM schema.append_event($1, $2, $3, $4, $5, $6, $7, $8, $9)",
};
