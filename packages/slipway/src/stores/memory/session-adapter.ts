import type {
  EventId,
  KeptCall,
  SessionAdapter,
  SessionCall,
  SessionChange,
  SessionData,
  SessionId,
  SessionMeta,
  SessionState,
  Versioned,
  WriteFunction,
} from "../../ports/index.ts";
import { EventsGoneError, messageText, SessionLimitError } from "../../ports/index.ts";
import { bound } from "./bound.ts";
import { formatEventId, parseEventId } from "./event-id.ts";
import type { EventLog, LogOwner } from "./event-log.ts";
import { EventLogs } from "./event-logs.ts";
import { type Linked, LinkedList } from "./linked-list.ts";
import { AnsweredCalls, SessionCalls } from "./session-calls.ts";
import { SessionValues } from "./session-values.ts";

/** Every bound takes a number of at least 1, or `Infinity` for none. */
export interface InMemorySessionOptions {
  /** Events held of one stream; beyond it the oldest is trimmed. Default 1024. */
  maxEventBufferSize?: number;
  /** Sessions held. Beyond it expired ones are ended, and then `create` refuses. Default 100,000. */
  maxSessions?: number;
  /** Sessions held of one principal, where callers are authenticated; beyond it `create` refuses. Default 10,000. */
  maxSessionsPerPrincipal?: number;
  /**
   * Size of what the clients of all sessions have said of themselves, in characters of JSON; beyond it `create` refuses.
   * Default 256 MiB.
   */
  maxMetaBytes?: number;
  /**
   * Event logs held of one session. Beyond it the one closed first is dropped, or, where none is closed, the
   * one that was used least recently. Default 64.
   */
  maxStreams?: number;
  /**
   * Size of a session's event logs, in characters of JSON. Beyond it closed logs are dropped, and then the
   * oldest events of the largest log are trimmed. A single message that is larger is not held at all. Default
   * 8 MiB.
   */
  maxSessionBytes?: number;
  /** Size of the values that handlers keep in a session, in characters of keys and JSON. Default 1 MiB. */
  maxValueBytes?: number;
  /** Calls kept of one session that have not finished. Default 1024. */
  maxCalls?: number;
  /** How long a session lives after its last use, in milliseconds. Default 30 minutes. */
  idleTimeoutMs?: number;
  /** How long the log of a closed stream is held for a client that resumes, in milliseconds. Default 5 minutes. */
  closedStreamTtlMs?: number;
  /** Default: `crypto.randomUUID()`, 122 random bits. */
  generateSessionId?: () => SessionId;
  /** The time in milliseconds. Default: `Date.now()`. */
  now?: () => number;
}

/**
 * Keeps sessions and their event logs in this process's memory, for a server that runs as one process.
 *
 * A session expires when it was not used for `idleTimeoutMs`. Uses are all methods that are given its id, but for
 * `has`, `replay` and `closeStream`. Expired sessions are forgotten as the adapter is used, without a timer.
 *
 * An event's id is `<streamId>_<sequence>`. The sequence grows by one with each event of the stream; the id
 * that `openStream` gives to a new stream has the sequence 0. Messages are kept as JSON text.
 *
 * `replay` also writes what is appended while it runs. It refuses with an {@link EventsGoneError}, instead of
 * leaving something out, when the session, the stream, or an event was let go, even midway.
 *
 * `closeStream` does not forget a log at once, since the client may not have received its end: the log is
 * held for `closedStreamTtlMs`, and is the first to go when room is needed. An append opens it again.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export class InMemorySessionAdapter implements SessionAdapter {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byUse = new LinkedList<Session>();
  readonly #logs: EventLogs;
  readonly #answered = new AnsweredCalls();
  readonly #maxSessions: number;
  readonly #maxSessionsPerPrincipal: number;
  readonly #owned = new Map<string, number>();
  readonly #maxMetaBytes: number;
  #metaBytes = 0;
  readonly #maxValueBytes: number;
  readonly #maxCalls: number;
  readonly #idleTimeoutMs: number;
  readonly #newId: () => SessionId;
  readonly #now: () => number;

  constructor(options: InMemorySessionOptions = {}) {
    this.#maxSessions = bound("maxSessions", options.maxSessions, 100_000);
    this.#maxSessionsPerPrincipal = bound("maxSessionsPerPrincipal", options.maxSessionsPerPrincipal, 10_000);
    this.#maxMetaBytes = bound("maxMetaBytes", options.maxMetaBytes, 256 * 1024 * 1024);
    this.#maxValueBytes = bound("maxValueBytes", options.maxValueBytes, 1024 * 1024);
    this.#maxCalls = bound("maxCalls", options.maxCalls, 1024);
    this.#idleTimeoutMs = bound("idleTimeoutMs", options.idleTimeoutMs, 30 * 60_000);
    this.#newId = options.generateSessionId ?? (() => crypto.randomUUID());
    this.#now = options.now ?? Date.now;
    this.#logs = new EventLogs({
      maxEventBufferSize: bound("maxEventBufferSize", options.maxEventBufferSize, 1024),
      maxStreams: bound("maxStreams", options.maxStreams, 64),
      maxSessionBytes: bound("maxSessionBytes", options.maxSessionBytes, 8 * 1024 * 1024),
      closedStreamTtlMs: bound("closedStreamTtlMs", options.closedStreamTtlMs, 5 * 60_000),
    });
  }

  /** Sessions held, with those that have expired and were not yet forgotten. */
  get size(): number {
    return this.#sessions.size;
  }

  generateSessionId(): SessionId {
    return this.#newId();
  }

  /**
   * Opens a session. Throws a {@link SessionLimitError} at `maxSessions`, `maxSessionsPerPrincipal` and `maxMetaBytes`, and an Error when the id is in use.
   * `meta` is kept as it is; do not change it afterwards.
   */
  create(id: SessionId, meta: SessionMeta): SessionData {
    const now = this.#now();
    this.#sweep(now);
    if (this.#find(id, now) !== undefined) {
      throw new Error(
        "Expected a new session's id, got one that is in use; call generateSessionId() for it.",
      );
    }
    if (this.#sessions.size >= this.#maxSessions) {
      throw new SessionLimitError(
        `All ${this.#maxSessions} sessions are in use; end some, wait until idle ones expire, or raise maxSessions.`,
      );
    }
    const metaBytes = JSON.stringify(meta).length;
    if (this.#metaBytes + metaBytes > this.#maxMetaBytes) {
      throw new SessionLimitError(
        `What clients say of themselves takes ${this.#maxMetaBytes} characters already; end some sessions, or raise maxMetaBytes.`,
      );
    }
    this.#count(meta.principal, 1);
    this.#metaBytes += metaBytes;
    const session = new Session(id, { meta }, now, metaBytes);
    this.#sessions.set(id, session);
    this.#byUse.append(session);
    return session.data;
  }

  has(id: SessionId): boolean {
    return this.#find(id, this.#now()) !== undefined;
  }

  get(id: SessionId): SessionData | undefined {
    return this.#use(id)?.data;
  }

  /** Keeps a JSON value and answers with its event id, or with `undefined` where there is no such session. */
  appendEvent(id: SessionId, streamId: string, message: unknown): EventId | undefined {
    const text = messageText(message);
    const session = this.#use(id);
    return session && this.#append(session, streamId, text);
  }

  async replay(id: SessionId, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const position = parseEventId(lastEventId);
    const log = position && this.#find(id, this.#now())?.logs?.get(position.streamId);
    if (position === undefined || log === undefined || position.sequence > log.last) {
      throw new EventsGoneError("The last event id names no event of this session; begin again without it.");
    }
    for (let sequence = position.sequence + 1; sequence <= log.last; sequence++) {
      await write(formatEventId(log.streamId, sequence), JSON.parse(held(log, sequence)));
    }
  }

  delete(id: SessionId): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#end(session);
  }

  /**
   * Opens the log of a stream, and answers with an id that stands before the first event that is held of it:
   * before the very first, for a new stream. `undefined` where there is no such session.
   */
  openStream(id: SessionId, streamId: string): EventId | undefined {
    const session = this.#use(id);
    return session && formatEventId(streamId, this.#logs.open(session, streamId).first - 1);
  }

  streamOf(eventId: EventId): string | undefined {
    return parseEventId(eventId)?.streamId;
  }

  /** See the class for how long a closed log is held. */
  closeStream(id: SessionId, streamId: string): void {
    const now = this.#now();
    const session = this.#find(id, now);
    if (session !== undefined) this.#logs.close(session, streamId, now);
  }

  updateState(id: SessionId, change: SessionChange): void {
    const session = this.#use(id);
    if (session === undefined) return;
    const { meta, state } = session.data;
    // A new object, since the one before may be in a caller's hands.
    session.data = { meta, state: changed(state ?? {}, change) };
  }

  readValue(id: SessionId, key: string): Versioned | undefined {
    return this.#use(id)?.kept?.values?.read(key);
  }

  /** Throws an Error when the session's values would take more than `maxValueBytes`. */
  writeValue(id: SessionId, key: string, value: unknown, version: number): boolean {
    const session = this.#use(id);
    if (session === undefined) return false;
    const kept = keptOf(session);
    kept.values ??= new SessionValues(this.#maxValueBytes);
    return kept.values.write(key, value, version);
  }

  /** Throws an Error when the session has `maxCalls` calls already. */
  beginCall(id: SessionId, streamId: string, call: SessionCall, owner: string): void {
    const session = this.#use(id);
    if (session === undefined) return;
    const kept = keptOf(session);
    kept.calls ??= new SessionCalls(id, this.#answered, this.#maxCalls);
    kept.calls.begin(streamId, call, owner);
  }

  getCall(id: SessionId, streamId: string): KeptCall | undefined {
    return this.#calls(id)?.get(streamId);
  }

  saveCall(
    id: SessionId,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ): boolean {
    return this.#calls(id)?.save(streamId, owner, journal, questions) ?? false;
  }

  answerCall(
    id: SessionId,
    question: string,
    response: unknown,
  ): { readonly streamId: string; readonly owner: string } | undefined {
    return this.#calls(id)?.answer(question, response, this.#now());
  }

  claimCall(id: SessionId, streamId: string, expected: string, owner: string): KeptCall | undefined {
    return this.#calls(id)?.claim(streamId, expected, owner);
  }

  appendCallEvent(
    id: SessionId,
    streamId: string,
    owner: string,
    message: unknown,
    last: boolean,
  ): EventId | undefined {
    const text = messageText(message);
    const session = this.#use(id);
    const calls = session?.kept?.calls;
    if (session === undefined || !calls?.isOwner(streamId, owner)) return undefined;
    if (last) calls.end(streamId);
    return this.#append(session, streamId, text);
  }

  endCall(id: SessionId, streamId: string, owner: string): boolean {
    const calls = this.#calls(id);
    if (!calls?.isOwner(streamId, owner)) return false;
    calls.end(streamId);
    return true;
  }

  answeredCalls(
    before: number,
    limit: number,
  ): { readonly id: SessionId; readonly streamId: string; readonly owner: string }[] {
    this.#sweep(this.#now());
    return this.#answered.list(before, limit);
  }

  #append(session: Session, streamId: string, text: string): EventId {
    return formatEventId(streamId, this.#logs.append(session, streamId, text));
  }

  #calls(id: SessionId): SessionCalls | undefined {
    return this.#use(id)?.kept?.calls;
  }

  /** The session, unless it has expired. */
  #find(id: SessionId, now: number): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || !this.#expired(session, now)) return session;
    this.#end(session);
    return undefined;
  }

  /** The session, its life extended. */
  #use(id: SessionId): Session | undefined {
    const now = this.#now();
    this.#sweep(now);
    const session = this.#find(id, now);
    if (session === undefined) return undefined;
    // Within one millisecond any order is that of the last use.
    if (session.lastUse === now) return session;
    session.lastUse = now;
    this.#byUse.renew(session);
    return session;
  }

  /** Forgets what has expired: each session and each closed log once, so the cost is that of its making. */
  #sweep(now: number): void {
    let session = this.#byUse.oldest;
    while (session !== undefined && this.#expired(session, now)) {
      this.#end(session);
      session = this.#byUse.oldest;
    }
    this.#logs.sweep(now);
  }

  #expired(session: Session, now: number): boolean {
    return session.lastUse + this.#idleTimeoutMs <= now;
  }

  /** Throws a {@link SessionLimitError} when a principal has too many. */
  #count(principal: string | undefined, change: 1 | -1): void {
    // Those whom nobody knows are not told apart.
    if (principal === undefined || principal === "") return;
    const count = (this.#owned.get(principal) ?? 0) + change;
    if (count > this.#maxSessionsPerPrincipal) {
      throw new SessionLimitError(
        `A principal may have ${this.#maxSessionsPerPrincipal} sessions; end some, or raise maxSessionsPerPrincipal.`,
      );
    }
    if (count === 0) this.#owned.delete(principal);
    else this.#owned.set(principal, count);
  }

  #end(session: Session): void {
    this.#count(session.data.meta.principal, -1);
    this.#metaBytes -= session.metaBytes;
    this.#sessions.delete(session.id);
    this.#byUse.remove(session);
    this.#logs.forget(session);
    session.kept?.calls?.clear();
    session.kept = undefined;
  }
}

/** What most sessions have nothing of. */
interface Kept {
  values: SessionValues | undefined;
  calls: SessionCalls | undefined;
}

class Session implements Linked<Session>, LogOwner {
  /** Among all sessions, in the order of their last use. */
  older: Session | undefined = undefined;
  newer: Session | undefined = undefined;
  logs: Map<string, EventLog> | undefined = undefined;
  latest: EventLog | undefined = undefined;
  logBytes = 0;
  nextSequence = 0;
  kept: Kept | undefined = undefined;
  readonly id: SessionId;
  data: SessionData;
  lastUse: number;
  readonly metaBytes: number;

  constructor(id: SessionId, data: SessionData, now: number, metaBytes: number) {
    this.id = id;
    this.data = data;
    this.lastUse = now;
    this.metaBytes = metaBytes;
  }
}

function keptOf(session: Session): Kept {
  session.kept ??= { values: undefined, calls: undefined };
  return session.kept;
}

/** The text of an event, or an error when it was trimmed. */
function held(log: EventLog, sequence: number): string {
  const text = sequence < log.first ? undefined : log.textAt(sequence);
  if (text !== undefined) return text;
  throw new EventsGoneError("Events after the last event id are no longer held; begin again without it.");
}

function changed(state: SessionState, { logLevel, subscribe, unsubscribe }: SessionChange): SessionState {
  const next: SessionState = { ...state };
  if (logLevel !== undefined) next.logLevel = logLevel;
  if (subscribe !== undefined || unsubscribe !== undefined) {
    const subscriptions = new Set(state.subscriptions);
    if (subscribe !== undefined) subscriptions.add(subscribe);
    if (unsubscribe !== undefined) subscriptions.delete(unsubscribe);
    next.subscriptions = [...subscriptions];
  }
  return next;
}
