import type { Command } from "./command.ts";

/** $1 key, $2 instance, $3 time to wait, $4 lease. A wait that has the key already ends. */
export const createPending: Command = {
  name: "create_pending",
  call: `INSERT INTO schema.pending (key, instance, deadline, expires_at)
    SELECT $1, $2, moment + $3::bigint, moment + least($3::bigint, $4::bigint) FROM (SELECT schema.now_ms()) AS t (moment)
    ON CONFLICT (key) DO UPDATE SET instance = excluded.instance, deadline = excluded.deadline,
      expires_at = excluded.expires_at, outcome = NULL`,
};

/** $1 key, $2 outcome, $3 channel. Tells the instance that waits; one row for one of all that try. */
export const settlePending: Command = {
  name: "settle_pending",
  call: `WITH settled AS (
      UPDATE schema.pending SET outcome = $2 WHERE key = $1 AND outcome IS NULL AND expires_at > schema.now_ms()
      RETURNING instance)
    SELECT pg_notify($3, 'settled ' || instance) FROM settled`,
};

/** $1 key, $2 instance. Ends a wait whose time is over, with the outcome if there is one. */
export const endPending: Command = {
  name: "end_pending",
  call: "DELETE FROM schema.pending WHERE key = $1 AND instance = $2 RETURNING outcome",
};

/** $1 instance. */
export const readOutcomes: Command = {
  name: "read_outcomes",
  call: "SELECT key, outcome FROM schema.pending WHERE instance = $1 AND outcome IS NOT NULL",
};

/** $1 instance, $2 keys. */
export const forgetOutcomes: Command = {
  name: "forget_outcomes",
  call: "DELETE FROM schema.pending WHERE instance = $1 AND outcome IS NOT NULL AND key = ANY ($2)",
};

/** $1 instance, $2 lease. Says that the instance still waits. */
export const renewPending: Command = {
  name: "renew_pending",
  call: "UPDATE schema.pending SET expires_at = least(deadline, schema.now_ms() + $2::bigint) WHERE instance = $1",
};
