import type { Command } from "./command.ts";

/** $1 id, $2 text, $3 life. */
export const putJournal: Command = {
  name: "put_journal",
  call: "INSERT INTO schema.journals (id, sealed, expires_at) VALUES ($1, $2, schema.now_ms() + $3::bigint)",
};

/** $1 id. */
export const getJournal: Command = {
  name: "get_journal",
  call: "SELECT sealed FROM schema.journals WHERE id = $1 AND expires_at > schema.now_ms()",
};
