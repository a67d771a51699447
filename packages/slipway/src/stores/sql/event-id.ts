import type { EventId } from "../../ports/index.ts";

/** A place in a stream: after the event with this sequence, or before the first one. */
export interface Position {
  readonly streamId: string;
  /** Names the stream's log among all that the database has ever held. */
  readonly log: number;
  readonly sequence: number;
}

// At most 15 digits, so that every number is a safe integer; one spelling for each.
const EVENT_ID = /^(.*)_([1-9][0-9]{0,14})-(0|[1-9][0-9]{0,14})$/s;

export function formatEventId(streamId: string, log: number, sequence: number): EventId {
  return `${streamId}_${log}-${sequence}`;
}

/** The place that an event id names, or `undefined` when it was not made by {@link formatEventId}. */
export function parseEventId(eventId: EventId): Position | undefined {
  const [, streamId, log, sequence] = EVENT_ID.exec(eventId) ?? [];
  if (streamId === undefined) return undefined;
  return { streamId, log: Number(log), sequence: Number(sequence) };
}
