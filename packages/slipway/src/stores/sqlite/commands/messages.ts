import type { Database } from "../database.ts";

export function publishMessage(db: Database, message: string, now: number): void {
  db.run("INSERT INTO messages (message, published_at) VALUES (?, ?)", message, now);
}

/** The sequence of the message that was published last. */
export function lastMessage(db: Database): number {
  return db.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'messages'")?.seq ?? 0;
}

/** The messages after a sequence, in the order of their publication. */
export function readMessages(
  db: Database,
  after: number,
): { readonly sequence: number; readonly message: string }[] {
  return db.all("SELECT sequence, message FROM messages WHERE sequence > ? ORDER BY sequence", after);
}
