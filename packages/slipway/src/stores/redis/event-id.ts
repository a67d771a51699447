import type { EventId } from "../../ports/index.ts";

/** A place in the log of a stream. */
export interface Position {
  readonly streamId: string;
  /** As Redis gives it: `<milliseconds>-<sequence>`. */
  readonly entryId: string;
}

// One spelling for each number, none of which is too large for Redis.
const ENTRY = /^(?:0|[1-9][0-9]{0,17})-(?:0|[1-9][0-9]{0,17})$/;

export function formatEventId(streamId: string, entryId: string): EventId {
  return `${streamId}_${entryId}`;
}

/** The place that an event id names, or `undefined` when it was not made by {@link formatEventId}. */
export function parseEventId(eventId: EventId): Position | undefined {
  // A stream's id may hold the separator, an entry's cannot.
  const separator = eventId.lastIndexOf("_");
  const entryId = eventId.slice(separator + 1);
  return separator === -1 || !ENTRY.test(entryId)
    ? undefined
    : { streamId: eventId.slice(0, separator), entryId };
}
