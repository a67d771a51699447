import type { SessionBounds } from "../../sql/options.ts";
import type { Database } from "../database.ts";
import { useSession } from "./use-session.ts";
import { type Stream, useStream } from "./use-stream.ts";

export function openStream(
  db: Database,
  id: string,
  streamId: string,
  now: number,
  bounds: SessionBounds,
): Stream | undefined {
  return db.transaction(() => {
    const session = useSession(db, id, now, bounds.idleMs);
    return session === undefined ? undefined : useStream(db, session, streamId, bounds.maxStreams);
  });
}
