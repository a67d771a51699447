import type { SessionBounds } from "../../sql/options.ts";
import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";
import { useStream } from "./use-stream.ts";

/** More events than the bound are held before they are trimmed at once. */
const TRIM_BATCH = 64;

/** Where an event is in its stream's log. */
export interface Appended {
  readonly log: number;
  readonly sequence: number;
}

export function appendEvent(
  db: Database,
  id: string,
  streamId: string,
  message: string,
  now: number,
  bounds: SessionBounds,
): Appended | undefined {
  return db.transaction(() => {
    const session = useSession(db, id, now, bounds.idleMs);
    return session === undefined ? undefined : addEvent(db, session, streamId, message, bounds);
  });
}

/** Adds an event and makes room for it. Part of a transaction. */
export function addEvent(
  db: Database,
  session: number,
  streamId: string,
  message: string,
  bounds: SessionBounds,
): Appended {
  const { key, first, last } = useStream(db, session, streamId, bounds.maxStreams);
  const sequence = last + 1;
  db.run("INSERT INTO events (stream_key, sequence, message) VALUES (?, ?, ?)", key, sequence, message);
  db.run("UPDATE streams SET last = ?, bytes = bytes + ? WHERE key = ?", sequence, message.length, key);
  // Nothing else has to go for an event that could never be held.
  if (message.length > bounds.maxBytes) trim(db, key, sequence);
  else if (sequence - first + 1 > bounds.maxEvents + TRIM_BATCH) trim(db, key, sequence - bounds.maxEvents);
  while (bytesOf(db, session) > bounds.maxBytes) shrink(db, session);
  return { log: key, sequence };
}

/** Forgets the stream's events up to this one. */
function trim(db: Database, stream: number, upTo: number): void {
  const texts = db.all<{ message: string }>(
    "DELETE FROM events WHERE stream_key = ? AND sequence <= ? RETURNING message",
    stream,
    upTo,
  );
  const freed = texts.reduce((sum, { message }) => sum + message.length, 0);
  db.run("UPDATE streams SET first = ?, bytes = bytes - ? WHERE key = ?", upTo + 1, freed, stream);
}

function bytesOf(db: Database, session: number): number {
  const found = db.get<{ bytes: number | null }>(
    "SELECT sum(bytes) AS bytes FROM streams WHERE session_key = ?",
    session,
  );
  return found?.bytes ?? 0;
}

/** Frees some bytes: a closed log, or the oldest event of the log that takes the most. */
function shrink(db: Database, session: number): void {
  const closed = db.run(
    `DELETE FROM streams WHERE key = (
       SELECT key FROM streams WHERE session_key = ? AND closed_at IS NOT NULL ORDER BY closed_at LIMIT 1)`,
    session,
  );
  if (closed > 0) return;
  const largest = db.get<{ key: number; first: number }>(
    "SELECT key, first FROM streams WHERE session_key = ? ORDER BY bytes DESC LIMIT 1",
    session,
  );
  if (largest !== undefined) trim(db, largest.key, largest.first);
}
