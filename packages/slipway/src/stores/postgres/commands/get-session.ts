import type { Command } from "./command.ts";

/** $1 id, $2 idle time. Takes no lock, and writes only when the life is to be extended. */
export const getSession: Command = {
  name: "get_session",
  define: `
CREATE OR REPLACE FUNCTION schema.get_session(p_id text, p_idle bigint)
RETURNS TABLE (meta text, log_level text, subscriptions text[]) LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
  ends bigint;
BEGIN
  SELECT s.meta, s.log_level, s.subscriptions, s.expires_at INTO meta, log_level, subscriptions, ends
    FROM schema.sessions s WHERE s.id = p_id AND s.expires_at > moment;
  IF NOT FOUND THEN RETURN; END IF;
  IF ends < moment + p_idle THEN
    UPDATE schema.sessions s SET expires_at = moment + (p_idle * 1.02)::bigint
      WHERE s.id = p_id AND s.expires_at > moment;
    IF NOT FOUND THEN RETURN; END IF;
  END IF;
  RETURN NEXT;
END $$;`,
  call: "SELECT * FROM schema.get_session($1, $2)",
};
