/**
 * Locks a session that has not expired, and extends its life: at most by 2 percent more than asked for, so that most
 * uses write nothing. NULL when there is none.
 */
export const useSession = `
CREATE OR REPLACE FUNCTION schema.use_session(p_id text, p_idle bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
  found_key bigint;
  ends bigint;
BEGIN
  SELECT key, expires_at INTO found_key, ends FROM schema.sessions
    WHERE id = p_id AND expires_at > moment FOR NO KEY UPDATE;
  IF ends < moment + p_idle THEN
    UPDATE schema.sessions SET expires_at = moment + (p_idle * 1.02)::bigint WHERE key = found_key;
  END IF;
  RETURN found_key;
END $$;`;
