import type {
  EventId,
  SessionAdapter,
  SessionChange,
  SessionData,
  SessionId,
  SessionMeta,
  SessionState,
  WriteFunction,
} from "../../ports/index.ts";
import { EventsGoneError, SessionLimitError } from "../../ports/index.ts";
import { bound } from "./bound.ts";
import { formatEventId, parseEventId } from "./event-id.ts";
import type { EventLog, LogOwner } from "./event-log.ts";
import { EventLogs } from "./event-logs.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

/** Every bound takes a number of at least 1, or `Infinity` for none. */
export interface InMemorySessionOptions {
  /** Events held of one stream; beyond it the oldest is trimmed. Default 1024. */
  maxEventBufferSize?: number;
  /** Sessions held. Beyond it expired ones are ended, and then `create` refuses. Default 100,000. */
  maxSessions?: number;
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
 * A session expires when it was not used for `idleTimeoutMs`; `create`, `get`, `appendEvent`, `openStream`
 * and `updateState` are uses. Expired sessions are forgotten as the adapter is used, without a timer.
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
  readonly #maxSessions: number;
  readonly #idleTimeoutMs: number;
  readonly #newId: () => SessionId;
  readonly #now: () => number;

  constructor(options: InMemorySessionOptions = {}) {
    this.#maxSessions = bound("maxSessions", options.maxSessions, 100_000);
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
   * Opens a session. Throws a {@link SessionLimitError} at `maxSessions`, and an Error when the id is in use.
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
    const session = new Session(id, { meta }, now);
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
    const text = JSON.stringify(message) as string | undefined;
    if (text === undefined) throw new TypeError(`Expected a JSON value to append, got ${typeof message}.`);
    const session = this.#use(id);
    if (session === undefined) return undefined;
    return formatEventId(streamId, this.#logs.append(session, streamId, text));
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

  #end(session: Session): void {
    this.#sessions.delete(session.id);
    this.#byUse.remove(session);
    this.#logs.forget(session);
  }
}

class Session implements Linked<Session>, LogOwner {
  /** Among all sessions, in the order of their last use. */
  older: Session | undefined = undefined;
  newer: Session | undefined = undefined;
  logs: Map<string, EventLog> | undefined = undefined;
  logBytes = 0;
  nextSequence = 0;
  readonly id: SessionId;
  data: SessionData;
  lastUse: number;

  constructor(id: SessionId, data: SessionData, now: number) {
    this.id = id;
    this.data = data;
    this.lastUse = now;
  }
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
