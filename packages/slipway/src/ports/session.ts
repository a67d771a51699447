import type { ClientCapabilities, Implementation, LoggingLevel } from "../protocol/types.ts";
import type { Versioned } from "./handle.ts";

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
  /** When it was opened, in milliseconds since 1970, where somebody measures how long sessions last. */
  openedAt?: number;
}

/** What a session's client may change later. */
export interface SessionState {
  /** Set by `logging/setLevel`. */
  logLevel?: LoggingLevel;
  /** URIs of `resources/subscribe`. */
  subscriptions?: readonly string[];
}

/** One change of a session's state; what is left out stays as it is. */
export interface SessionChange {
  readonly logLevel?: LoggingLevel;
  /** A URI to add to the subscriptions. */
  readonly subscribe?: string;
  /** A URI to take from them. */
  readonly unsubscribe?: string;
}

/** What is needed to run a call of a session again. JSON, made and read by the server alone. */
export interface SessionCall {
  readonly request: unknown;
}

export interface KeptCall extends SessionCall {
  readonly owner: string;
  /** What was saved last; `undefined` before the first {@link SessionAdapter.saveCall}. */
  readonly journal: unknown;
  /** Ids of questions that nobody has answered, in any order. */
  readonly questions: readonly string[];
  /** Responses that were taken and are not in the journal yet, by the ids of their questions. */
  readonly responses: { readonly [question: string]: unknown };
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
 * `get` extends a session's life; the methods that are given the id of a session may do so too, `has` does not.
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
   * Changes the session's state, in one step however many do so at once. A URI that is subscribed already, or not
   * at all, is no error; the order of subscriptions has no meaning. Nothing happens when there is no such session.
   * Without it, log level and resource subscriptions are known only to the process that received them.
   */
  updateState?(id: SessionId, change: SessionChange): MaybePromise<void>;

  /**
   * A value that handlers keep in the session, under any text without U+0000. It ends with the session. Without this
   * method and {@link writeValue}, `ctx.session` has no values.
   */
  readValue?(id: SessionId, key: string): MaybePromise<Versioned | undefined>;

  /**
   * Replaces a value (JSON; `undefined` deletes it) if its version is still `version` (0: it does not exist). Of
   * several writers with one version exactly one gets `true`. `false` also when the session is gone. The new version
   * is greater than any that the key had before in this session, also one that was deleted since.
   */
  writeValue?(id: SessionId, key: string, value: unknown, version: number): MaybePromise<boolean>;

  /**
   * The methods from here on come together. They keep what is needed to go on with a call whose machine dies;
   * without them such a call is lost, and its stream just ends.
   *
   * Keeps a call that is answered on a stream of the session, run by `owner`. No other call of the session has had
   * that stream; begun again, since nobody knows whether a first attempt succeeded, it is the same call. Nothing is kept
   * when there is no such session. Calls end with their session.
   */
  beginCall?(id: SessionId, streamId: string, call: SessionCall, owner: string): MaybePromise<void>;

  /** The call of a stream; `undefined` when there is none, or it has finished. */
  getCall?(id: SessionId, streamId: string): MaybePromise<KeptCall | undefined>;

  /**
   * Replaces the call's journal and its questions: the ids of all requests to the client whose responses are not in
   * `journal`. One that is named again and has been answered stays answered, its response kept, so that an answer
   * which arrives during the save is not lost and not asked for twice. Responses to questions that are not named are
   * let go. `false`, and nothing changes, when `owner` does not own the call any more, or it has finished.
   */
  saveCall?(
    id: SessionId,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ): MaybePromise<boolean>;

  /**
   * Takes the client's response to an open question of one of the session's calls, whoever owns the call. To exactly
   * one of all that try it tells the call's stream and owner; to the others, and for unknown questions, `undefined`.
   * The ids of questions are unguessable and never used twice.
   */
  answerCall?(
    id: SessionId,
    question: string,
    response: unknown,
  ): MaybePromise<{ readonly streamId: string; readonly owner: string } | undefined>;

  /**
   * Makes `owner` the one that runs the call, if its owner is still `expected`. Exactly one of several gets it, as it
   * then is; the others, and all when the call has finished, get `undefined`.
   */
  claimCall?(
    id: SessionId,
    streamId: string,
    expected: string,
    owner: string,
  ): MaybePromise<KeptCall | undefined>;

  /**
   * Appends a message to the call's stream like {@link appendEvent}, if `owner` still owns the call; `last` ends the
   * call with it, in the same step: its questions are closed, and it is found no more. `undefined` when `owner` does
   * not own it, or it has ended: then nothing is appended, and the message is not to be sent to anybody.
   */
  appendCallEvent?(
    id: SessionId,
    streamId: string,
    owner: string,
    message: unknown,
    last: boolean,
  ): MaybePromise<EventId | undefined>;

  /**
   * Ends a call without an event: a cancelled call has no answer. `false` when `owner` does not own it any more, or it
   * has ended.
   */
  endCall?(id: SessionId, streamId: string, owner: string): MaybePromise<boolean>;

  /**
   * Calls, of any session, that hold a response (see {@link KeptCall.responses}) which was taken before `before`
   * (milliseconds since 1970): at most `limit` of them, those that have waited longest first. A call leaves the list
   * by a {@link saveCall} that lets the response go, and by its end.
   */
  answeredCalls?(
    before: number,
    limit: number,
  ): MaybePromise<readonly { readonly id: SessionId; readonly streamId: string; readonly owner: string }[]>;
}

/** Events that a client asked for have been trimmed from the log. */
export class EventsGoneError extends Error {
  override readonly name: string = "EventsGoneError";
}

/** No more sessions can be opened until some end. */
export class SessionLimitError extends Error {
  override readonly name: string = "SessionLimitError";
}
