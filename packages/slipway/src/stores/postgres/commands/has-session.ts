import type { Command } from "./command.ts";

/** $1 id. */
export const hasSession: Command = {
  name: "has_session",
  call: "SELECT 1 FROM schema.sessions WHERE id = $1 AND expires_at > schema.now_ms()",
};
