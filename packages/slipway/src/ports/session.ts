import type { ClientCapabilities, Implementation, LoggingLevel } from "../protocol/types.ts";

export type SessionId = string;
export type EventId = string;

/** What `initialize` settled, fixed for the session's life. */
export interface SessionMeta {
  protocolVersion: string;
  clientInfo?: Implementation;
  clientCapabilities?: ClientCapabilities;
  /** The principal that opened the session (see `principalKey`); `""` or absent for nobody. */
  principal?: string;
  /** The tenant, for adapters that keep tenants apart in their keys. */
  tenant?: string;
}

/** What a session's client may change later. */
export interface SessionState {
  /** Set by `logging/setLevel`. */
  logLevel?: LoggingLevel;
  /** URIs of `resources/subscribe`. */
  subscriptions?: readonly string[];
}

export interface SessionData {
  meta: SessionMeta;
  state?: SessionState;
}

export type WriteFunction = (eventId: EventId, message: unknown) => Promise<void> | void;

type MaybePromise<T> = T | Promise<T>;

/**
 * Holds sessions and the event logs of their streams.
 *
 * The seven methods up to {@link delete} are enough for an adapter of one's own. What is lost without the
 * optional ones is said at each. Every method may be called by many requests, and many machines, at once.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management
 */
export interface SessionAdapter {
  /** A new id: unguessable, 0x21 to 0x7E only. */
  generateSessionId(): SessionId;

  /** Opens a session. Rejects with a {@link SessionLimitError} when the adapter is full. */
  create(id: SessionId, meta: SessionMeta): MaybePromise<SessionData>;

  has(id: SessionId): MaybePromise<boolean>;

  /** The session, its life extended by this use; `undefined` when it is unknown, deleted, or expired. */
  get(id: SessionId): MaybePromise<SessionData | undefined>;

  /**
   * Appends a message to the log of one stream of the session and answers with its id: unique in the
   * session, and enough to find the stream again. Appends to one stream keep their order. `undefined` when
   * there is no such session.
   */
  appendEvent(id: SessionId, streamId: string, message: unknown): MaybePromise<EventId | undefined>;

  /**
   * Writes, in order, every event that follows `lastEventId` on its own stream, and none of another. Waits for
   * each write, and rejects with the error of one that fails. Rejects with an {@link EventsGoneError} when
   * events after that id are no longer held, or the id is none of this session's.
   */
  replay(id: SessionId, lastEventId: EventId, write: WriteFunction): MaybePromise<void>;

  /** Ends a session and forgets its events. */
  delete(id: SessionId): MaybePromise<void>;

  /**
   * Begins the log of a stream and answers with an event id that stands before its first event.
   * Without it, a stream has no priming event, and cannot be resumed before its first message.
   */
  openStream?(id: SessionId, streamId: string): MaybePromise<EventId | undefined>;

  /**
   * The stream that an event id belongs to. Without it, a stream that is resumed while its call still runs
   * gets what is in the log, and then ends; the client resumes again.
   */
  streamOf?(eventId: EventId): string | undefined;

  /** Lets go of a stream's log once its end was delivered. Without it, logs live as long as the session. */
  closeStream?(id: SessionId, streamId: string): MaybePromise<void>;

  /**
   * Changes the session's state; members that are left out stay as they are. Without it, log level and
   * resource subscriptions are known only to the process that received them.
   */
  updateState?(id: SessionId, state: SessionState): MaybePromise<void>;
}

/** Events that a client asked for have been trimmed from the log. */
export class EventsGoneError extends Error {
  override readonly name: string = "EventsGoneError";
}

/** No more sessions can be opened until some end. */
export class SessionLimitError extends Error {
  override readonly name: string = "SessionLimitError";
}
