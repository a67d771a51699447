import type { EventId } from "../../ports/index.ts";

/** A place in a stream: after the event with this sequence, or before the first one. */
export interface Position {
  readonly streamId: string;
  readonly sequence: number;
}

// At most 15 digits, so that every one is a safe integer; one spelling for each number.
const SEQUENCE = /^(?:0|[1-9][0-9]{0,14})$/;

export function formatEventId(streamId: string, sequence: number): EventId {
  return `${streamId}_${sequence}`;
}

/** The place that an event id names, or `undefined` when it was not made by {@link formatEventId}. */
export function parseEventId(eventId: EventId): Position | undefined {
  // A stream's id may hold the separator, a sequence cannot.
  const separator = eventId.lastIndexOf("_");
  const digits = eventId.slice(separator + 1);
  if (separator === -1 || !SEQUENCE.test(digits)) return undefined;
  return { streamId: eventId.slice(0, separator), sequence: Number(digits) };
}
