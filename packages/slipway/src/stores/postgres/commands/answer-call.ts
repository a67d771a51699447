import type { Command } from "./command.ts";

/** $1 session, $2 question, $3 response, $4 idle time. No row when the question is not open. */
export const answerCall: Command = {
  name: "answer_call",
  define: `
CREATE OR REPLACE FUNCTION schema.answer_call(p_id text, p_question text, p_response text, p_idle bigint)
RETURNS TABLE (stream_id text, owner text) LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
  moment bigint := schema.now_ms();
  call bigint;
BEGIN
  UPDATE schema.call_questions q SET response = p_response, taken_at = moment FROM schema.calls c
    WHERE q.question = p_question AND q.response IS NULL AND c.key = q.call_key AND c.session_key = session
    RETURNING c.key INTO call;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY UPDATE schema.calls c SET answered_at = coalesce(c.answered_at, moment) WHERE c.key = call
    RETURNING c.stream_id, c.owner;
END $$;`,
  call: "SELECT * FROM schema.answer_call($1, $2, $3, $4)",
};
