import type { Command } from "./command.ts";

/** $1 session, $2 stream, $3 owner, $4 journal, $5 questions, $6 idle time. */
export const saveCall: Command = {
  name: "save_call",
  define: `
CREATE OR REPLACE FUNCTION schema.save_call(
  p_id text, p_stream text, p_owner text, p_journal text, p_questions text[], p_idle bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
  call bigint;
BEGIN
  SELECT key INTO call FROM schema.calls WHERE session_key = session AND stream_id = p_stream AND owner = p_owner;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM schema.call_questions WHERE call_key = call AND question <> ALL (p_questions);
  INSERT INTO schema.call_questions (call_key, question) SELECT call, unnest(p_questions) ON CONFLICT DO NOTHING;
  UPDATE schema.calls SET journal = p_journal,
    answered_at = (SELECT min(taken_at) FROM schema.call_questions WHERE call_key = call)
    WHERE key = call;
  RETURN true;
END $$;`,
  call: "SELECT schema.save_call($1, $2, $3, $4, $5, $6) AS saved",
};
