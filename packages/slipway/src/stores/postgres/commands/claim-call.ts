import type { Command } from "./command.ts";

/** $1 session, $2 stream, $3 expected owner, $4 owner, $5 idle time. No row when another owns it. */
export const claimCall: Command = {
  name: "claim_call",
  define: `
CREATE OR REPLACE FUNCTION schema.claim_call(
  p_id text, p_stream text, p_expected text, p_owner text, p_idle bigint)
RETURNS TABLE (request text, owner text, journal text, questions text[], responses text[]) LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
  call bigint;
BEGIN
  UPDATE schema.calls c SET owner = p_owner
    WHERE c.session_key = session AND c.stream_id = p_stream AND c.owner = p_expected RETURNING c.key INTO call;
  RETURN QUERY SELECT k.request, k.owner, k.journal, k.questions, k.responses
    FROM schema.kept_calls k WHERE k.key = call;
END $$;`,
  call: "SELECT * FROM schema.claim_call($1, $2, $3, $4, $5)",
};
