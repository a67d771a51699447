import type { Command } from "./command.ts";

/**
 * $1 how long the logs of closed streams are held. Forgets at most 100 rows of each kind that have expired, found by
 * indexes, and leaves out what others have locked.
 */
export const sweep: Command = {
  name: "sweep",
  define: `
CREATE OR REPLACE FUNCTION schema.sweep(p_closed bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := schema.now_ms();
BEGIN
  DELETE FROM schema.sessions WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.sessions WHERE expires_at <= moment ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED));
  DELETE FROM schema.streams WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.streams WHERE closed_at <= moment - p_closed ORDER BY closed_at LIMIT 100 FOR UPDATE SKIP LOCKED));
  DELETE FROM schema.tasks WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.tasks WHERE expires_at <= moment ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED));
  DELETE FROM schema.handles WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.handles WHERE expires_at <= moment ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED));
  DELETE FROM schema.journals WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.journals WHERE expires_at <= moment ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED));
  DELETE FROM schema.pending WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.pending WHERE expires_at <= moment ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED));
  DELETE FROM schema.instances WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM schema.instances WHERE seen_at <= moment - 3600000 ORDER BY seen_at LIMIT 100 FOR UPDATE SKIP LOCKED));
END $$;`,
  call: "SELECT schema.sweep($1)",
};
