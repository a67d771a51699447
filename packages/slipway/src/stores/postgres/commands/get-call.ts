import type { Command } from "./command.ts";

/** $1 session, $2 stream. */
export const getCall: Command = {
  name: "get_call",
  define: `
CREATE OR REPLACE VIEW schema.kept_calls AS
  SELECT s.id, s.expires_at, c.key, c.stream_id, c.request, c.owner, c.journal,
    ARRAY(SELECT question FROM schema.call_questions q WHERE q.call_key = c.key ORDER BY question) AS questions,
    ARRAY(SELECT response FROM schema.call_questions q WHERE q.call_key = c.key ORDER BY question) AS responses
  FROM schema.calls c JOIN schema.sessions s ON s.key = c.session_key;`,
  call: `SELECT request, owner, journal, questions, responses FROM schema.kept_calls
    WHERE id = $1 AND stream_id = $2 AND expires_at > schema.now_ms()`,
};
