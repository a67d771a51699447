import { EventsGoneError, SessionLimitError } from "../../ports/index.ts";
import type { SessionBounds } from "./options.ts";

export function idInUse(what: string): Error {
  return new Error(`Expected a new ${what}'s id, got one that is in use.`);
}

export function sessionLimit({ maxSessions }: SessionBounds): SessionLimitError {
  return new SessionLimitError(
    `All ${maxSessions} sessions are in use; end some, wait until idle ones expire, or raise maxSessions.`,
  );
}

export function callLimit({ maxCalls }: SessionBounds): Error {
  return new Error(
    `The session has ${maxCalls} calls already; wait until some have finished, or raise maxCalls.`,
  );
}

export function valueLimit(length: number, { maxValueBytes }: SessionBounds): Error {
  return new Error(
    `No room for a value of ${length} characters: the session's values would take more than ${maxValueBytes}. ` +
      "Keep less in the session, or raise maxValueBytes.",
  );
}

export function unknownEvent(): EventsGoneError {
  return new EventsGoneError("The last event id names no event of this session; begin again without it.");
}

export function trimmedEvents(): EventsGoneError {
  return new EventsGoneError("Events after the last event id are no longer held; begin again without it.");
}
