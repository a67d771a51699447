import type { Command } from "./command.ts";

/** $1 session, $2 log level, $3 URI to subscribe and $4 to unsubscribe, each or NULL, $5 idle time. */
export const updateState: Command = {
  name: "update_state",
  define: `
CREATE OR REPLACE FUNCTION schema.update_state(
  p_id text, p_level text, p_subscribe text, p_unsubscribe text, p_idle bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  session bigint := schema.use_session(p_id, p_idle);
BEGIN
  UPDATE schema.sessions SET
    log_level = coalesce(p_level, log_level),
    subscriptions = CASE
      WHEN p_subscribe IS NULL AND p_unsubscribe IS NULL THEN subscriptions
      ELSE array_remove(
        CASE
          WHEN p_subscribe IS NULL OR p_subscribe = ANY (subscriptions) THEN subscriptions
          ELSE array_append(subscriptions, p_subscribe)
        END,
        p_unsubscribe)
      END
    WHERE key = session;
END $$;`,
  call: "SELECT schema.update_state($1, $2, $3, $4, $5)",
};
