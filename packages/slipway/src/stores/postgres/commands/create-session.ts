import type { Command } from "./command.ts";

/** $1 id, $2 meta, $3 idle time, $4 sessions at most or NULL. Gives "made", "used" or "full". */
export const createSession: Command = {
  name: "create_session",
  define: `
CREATE OR REPLACE FUNCTION schema.create_session(p_id text, p_meta text, p_idle bigint, p_max bigint)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
BEGIN
  DELETE FROM schema.sessions WHERE id = p_id AND expires_at <= moment;
  IF p_max IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('schema.create_session'));
    IF (SELECT count(*) FROM schema.sessions WHERE expires_at > moment) >= p_max THEN
      RETURN 'full';
    END IF;
  END IF;
  INSERT INTO schema.sessions (id, meta, expires_at) VALUES (p_id, p_meta, moment + p_idle) ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN 'made' ELSE 'used' END;
END $$;`,
  call: "SELECT schema.create_session($1, $2, $3, $4) AS outcome",
};
