import type { Command } from "./command.ts";

/** $1 id. */
export const deleteSession: Command = {
  name: "delete_session",
  call: "DELETE FROM schema.sessions WHERE id = $1",
};
