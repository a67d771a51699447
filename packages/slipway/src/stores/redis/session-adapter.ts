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
import { EventsGoneError, messageText, SessionLimitError, StoreUnavailableError } from "../../ports/index.ts";
import type { MarkedAppend } from "../attempts.ts";
import { bound } from "../memory/bound.ts";
import { jsonText } from "../memory/json-text.ts";
import { AnsweredCalls } from "./answered-calls.ts";
import { Appender } from "./appender.ts";
import type { RedisClient } from "./client.ts";
import { admitSession } from "./commands/admit-session.ts";
import { answerCall } from "./commands/answer-call.ts";
import { appendEvents } from "./commands/append-events.ts";
import { beginCall } from "./commands/begin-call.ts";
import { claimCall } from "./commands/claim-call.ts";
import { closeStream } from "./commands/close-stream.ts";
import { countSession } from "./commands/count-session.ts";
import { createSession } from "./commands/create-session.ts";
import { deleteSession } from "./commands/delete-session.ts";
import { endCall } from "./commands/end-call.ts";
import { getSession } from "./commands/get-session.ts";
import { hasQuestion } from "./commands/has-question.ts";
import { openStream } from "./commands/open-stream.ts";
import { readCall } from "./commands/read-call.ts";
import { readEvents } from "./commands/read-events.ts";
import { readValue } from "./commands/read-value.ts";
import { saveCall } from "./commands/save-call.ts";
import { unclaimCall } from "./commands/unclaim-call.ts";
import { updateState } from "./commands/update-state.ts";
import { writeValue } from "./commands/write-value.ts";
import { connectionOf, type RedisConnection, type RedisOptions } from "./connection.ts";
import { replyCode } from "./errors.ts";
import { formatEventId, parseEventId } from "./event-id.ts";
import { Keys, ttl } from "./keys.ts";
import { asFields, asJson, asList, asText, asTexts } from "./reply.ts";
import { undo } from "./undo.ts";
import { asVersioned } from "./versioned.ts";

/** Every bound takes a number of at least 1, or `Infinity` for none. */
export interface RedisSessionOptions extends RedisOptions {
  /** Events held of one stream at least; up to 100 more are held until Redis trims them. Default 1024. */
  maxEventBufferSize?: number;
  /**
   * Sessions held by all instances together; beyond it `create` refuses. One that has expired may count for as long as
   * it lived idle once more. With `Infinity` they are not counted, which saves a round trip when one is opened. Default
   * 1,000,000.
   */
  maxSessions?: number;
  /**
   * Event logs held of one session. Beyond it the one closed first is dropped, or, where none is closed, the one that
   * was used least recently. Default 64.
   */
  maxStreams?: number;
  /**
   * Size of the event log of one stream, in bytes as Redis counts them. Beyond it the older half of the events is
   * trimmed; a single message that is larger is not held at all. Default 8 MiB.
   */
  maxStreamBytes?: number;
  /** Size of the values that handlers keep in a session, in bytes of keys and JSON. Default 1 MiB. */
  maxValueBytes?: number;
  /** Calls kept of one session that have not finished. Default 1024. */
  maxCalls?: number;
  /** How long a session lives after its last use, in milliseconds; a century at most. Default 30 minutes. */
  idleTimeoutMs?: number;
  /** How long the log of a closed stream is held for a client that resumes, in milliseconds. Default 5 minutes. */
  closedStreamTtlMs?: number;
  /** Default: `crypto.randomUUID()`, 122 random bits. */
  generateSessionId?: () => SessionId;
}

/** Events that a replay reads at once. */
const PAGE = 100;

/**
 * Keeps sessions and their event logs in Redis or Valkey, for servers on any number of machines.
 *
 * A session expires by the time to live of its keys, when it was not used for `idleTimeoutMs`. Uses are all methods that
 * are given its id, but for `has`, `replay` and `closeStream`. Every method takes one round trip, but for `create` (two),
 * `replay` (one for 100 events), `answerCall` (three) and `answeredCalls`; twice in the time that a session lives idle, `get`
 * begins a second one and does not wait for it.
 *
 * The log of a stream is a Redis Stream, and an event's id is `<streamId>_<id of the entry>`. `replay` reads from the
 * entry itself: when that is gone, later ones may be, and it refuses with an {@link EventsGoneError}.
 *
 * Methods reject with a `StoreUnavailableError` while Redis cannot be reached. What was asked for may have been done then.
 * An event that is appended again afterwards is in the log once; a claim is taken back.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export class RedisSessionAdapter implements SessionAdapter {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #appender: Appender;
  /** Part of the marks of what this adapter appends. */
  readonly #writer = crypto.randomUUID().slice(0, 8);
  readonly #answered: AnsweredCalls;
  readonly #maxSessions: number;
  readonly #maxEvents: number;
  readonly #maxStreams: number;
  readonly #maxStreamBytes: number;
  readonly #maxValueBytes: number;
  readonly #maxCalls: number;
  readonly #idleMs: number;
  readonly #closedMs: number;
  readonly #newId: () => SessionId;

  /** Throws a TypeError for what is no client, and a RangeError for options out of bounds. */
  constructor(client: RedisClient | RedisConnection, options: RedisSessionOptions = {}) {
    this.#connection = connectionOf(client, options);
    this.#keys = new Keys(this.#connection.prefix);
    this.#maxSessions = bound("maxSessions", options.maxSessions, 1_000_000);
    this.#maxEvents = count("maxEventBufferSize", options.maxEventBufferSize, 1024);
    this.#maxStreams = count("maxStreams", options.maxStreams, 64);
    this.#maxStreamBytes = count("maxStreamBytes", options.maxStreamBytes, 8 * 1024 * 1024);
    this.#maxValueBytes = count("maxValueBytes", options.maxValueBytes, 1024 * 1024);
    this.#maxCalls = count("maxCalls", options.maxCalls, 1024);
    this.#idleMs = ttl(bound("idleTimeoutMs", options.idleTimeoutMs, 30 * 60_000));
    this.#closedMs = ttl(bound("closedStreamTtlMs", options.closedStreamTtlMs, 5 * 60_000));
    this.#newId = options.generateSessionId ?? (() => crypto.randomUUID());
    this.#appender = new Appender((id, stream, appends) => this.#appendAll(id, stream, appends));
    this.#answered = new AnsweredCalls(this.#connection, this.#keys);
  }

  generateSessionId(): SessionId {
    return this.#newId();
  }

  /**
   * Opens a session. Rejects with a {@link SessionLimitError} at `maxSessions`, or when the memory is full that Redis may
   * use, and with an Error when the id is in use.
   */
  async create(id: SessionId, meta: SessionMeta): Promise<SessionData> {
    const text = jsonText(meta, "what a session has settled");
    let opened: unknown;
    try {
      await this.#admit(id);
      opened = await this.#connection.run(createSession, [this.#keys.session(id)], [this.#idleMs, text]);
    } catch (error) {
      throw isFull(error)
        ? new SessionLimitError("Redis has no room for a session.", { cause: error })
        : error;
    }
    if (Number(opened) === 1) return { meta };
    throw new Error("Expected a new session's id, got one that is in use; call generateSessionId() for it.");
  }

  async #admit(id: SessionId): Promise<void> {
    if (this.#maxSessions === Number.POSITIVE_INFINITY) return;
    const args = [id, Math.floor(this.#maxSessions), 2 * this.#idleMs];
    if (Number(await this.#connection.run(admitSession, [this.#keys.sessions], args)) === 1) return;
    throw new SessionLimitError(
      `All ${this.#maxSessions} sessions are in use; end some, wait until idle ones expire, or raise maxSessions.`,
    );
  }

  async has(id: SessionId): Promise<boolean> {
    const key = this.#keys.session(id);
    return Number(await this.#connection.command(["EXISTS", key], key)) === 1;
  }

  async get(id: SessionId): Promise<SessionData | undefined> {
    const reply = await this.#connection.run(getSession, [this.#keys.session(id)], [this.#idleMs]);
    const fields = asFields(reply);
    const meta = fields.get("m");
    if (fields.has("!")) this.#count(id);
    return meta === undefined ? undefined : { meta: JSON.parse(meta), state: stateOf(fields) };
  }

  /** In the background: the session is counted for long enough yet. */
  #count(id: SessionId): void {
    if (this.#maxSessions === Number.POSITIVE_INFINITY) return;
    const args = [id, 2 * this.#idleMs];
    this.#connection.run(countSession, [this.#keys.sessions], args).catch(() => {
      // The next time.
    });
  }

  async appendEvent(id: SessionId, streamId: string, message: unknown): Promise<EventId | undefined> {
    return this.#append(id, streamId, "event", "", message);
  }

  async replay(id: SessionId, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const position = parseEventId(lastEventId);
    if (position === undefined) throw gone();
    const keys = [this.#keys.session(id), this.#logKey(id, position.streamId)];
    for (let after = position.entryId; ; ) {
      const reply = await this.#connection.run(readEvents, keys, [after, PAGE]);
      if (!Array.isArray(reply)) throw gone();
      for (let index = 0; index < reply.length; index += 2) {
        after = String(reply[index]);
        const message = asText(reply[index + 1]);
        if (message !== undefined) await write(formatEventId(position.streamId, after), JSON.parse(message));
      }
      if (reply.length < 2 * PAGE) return;
    }
  }

  async delete(id: SessionId): Promise<void> {
    const answered = await this.#connection.run(deleteSession, [this.#keys.session(id)]);
    this.#answered.forget(id, asTexts(answered));
    if (this.#maxSessions === Number.POSITIVE_INFINITY) return;
    const key = this.#keys.sessions;
    await this.#connection.command(["ZREM", key, id], key);
  }

  /**
   * Opens the log of a stream, and answers with an id that stands before its first event, or, where that was trimmed,
   * before those that come. `undefined` where there is no such session.
   */
  async openStream(id: SessionId, streamId: string): Promise<EventId | undefined> {
    const keys = [this.#keys.session(id), this.#logKey(id, streamId)];
    const reply = await this.#connection.run(openStream, keys, [this.#idleMs, this.#maxStreams, streamId]);
    const entryId = asText(reply);
    return entryId === undefined ? undefined : formatEventId(streamId, entryId);
  }

  streamOf(eventId: EventId): string | undefined {
    return parseEventId(eventId)?.streamId;
  }

  /** The log is held for `closedStreamTtlMs`, since the client may not have received its end; an append opens it again. */
  async closeStream(id: SessionId, streamId: string): Promise<void> {
    const session = this.#keys.session(id);
    const keys = [session, this.#logKey(id, streamId), `${session}:logs`];
    await this.#connection.run(closeStream, keys, [this.#closedMs, streamId]);
  }

  async updateState(id: SessionId, { logLevel, subscribe, unsubscribe }: SessionChange): Promise<void> {
    const changes: string[] = [];
    if (logLevel !== undefined) changes.push("level", logLevel);
    if (subscribe !== undefined) changes.push("subscribe", subscribe);
    if (unsubscribe !== undefined) changes.push("unsubscribe", unsubscribe);
    await this.#connection.run(updateState, [this.#keys.session(id)], [this.#idleMs, ...changes]);
  }

  async readValue(id: SessionId, key: string): Promise<Versioned | undefined> {
    const args = [this.#idleMs, valueField(key)];
    return asVersioned(await this.#connection.run(readValue, this.#valueKeys(id), args));
  }

  /** Rejects with an Error when the session's values would take more than `maxValueBytes`. */
  async writeValue(id: SessionId, key: string, value: unknown, version: number): Promise<boolean> {
    const args = [this.#idleMs, this.#maxValueBytes, valueField(key), version];
    if (value !== undefined) args.push(jsonText(value, "a session's value"));
    const reply = Number(await this.#connection.run(writeValue, this.#valueKeys(id), args));
    if (reply >= 0) return reply === 1;
    throw new Error(
      `No room for a value: the session's values would take ${-reply} of ${this.#maxValueBytes} bytes. Keep less in ` +
        "the session, or raise maxValueBytes.",
    );
  }

  /** Rejects with an Error when the session has `maxCalls` calls already. */
  async beginCall(id: SessionId, streamId: string, call: SessionCall, owner: string): Promise<void> {
    const request = jsonText(call.request, "a call's request");
    const args = [this.#idleMs, this.#maxCalls, streamId, owner, request];
    if (Number(await this.#connection.run(beginCall, this.#callKeys(id), args)) === 1) return;
    throw new Error(
      `The session has ${this.#maxCalls} calls already; wait until some have finished, or raise maxCalls.`,
    );
  }

  async getCall(id: SessionId, streamId: string): Promise<KeptCall | undefined> {
    return asCall(await this.#connection.run(readCall, this.#callKeys(id), [this.#idleMs, streamId]));
  }

  async saveCall(
    id: SessionId,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ): Promise<boolean> {
    const text = jsonText(journal, "a call's journal");
    const args = [this.#idleMs, streamId, owner, text, ...questions];
    const answered = await this.#connection.run(saveCall, this.#callKeys(id), args);
    if (!Array.isArray(answered)) return false;
    this.#answered.forget(id, asTexts(answered));
    return true;
  }

  async answerCall(
    id: SessionId,
    question: string,
    response: unknown,
  ): Promise<{ readonly streamId: string; readonly owner: string } | undefined> {
    const text = jsonText(response, "a response");
    const open = await this.#connection.run(hasQuestion, this.#callKeys(id), [this.#idleMs, question]);
    if (Number(open) !== 1) return undefined;
    // Before it is taken, so that none is held that is not listed.
    await this.#answered.note(id, question);
    const reply = asList(await this.#connection.run(answerCall, this.#callKeys(id), [question, text]));
    return reply.length === 0 ? undefined : { streamId: String(reply[0]), owner: String(reply[1]) };
  }

  async claimCall(
    id: SessionId,
    streamId: string,
    expected: string,
    owner: string,
  ): Promise<KeptCall | undefined> {
    const keys = this.#callKeys(id);
    const mark = crypto.randomUUID();
    try {
      const args = [this.#idleMs, streamId, expected, owner, mark];
      return asCall(await this.#connection.run(claimCall, keys, args));
    } catch (error) {
      if (error instanceof StoreUnavailableError)
        void undo(() => this.#connection.run(unclaimCall, keys.slice(1), [streamId, expected, mark]));
      throw error;
    }
  }

  async appendCallEvent(
    id: SessionId,
    streamId: string,
    owner: string,
    message: unknown,
    last: boolean,
  ): Promise<EventId | undefined> {
    return this.#append(id, streamId, last ? "last" : "call", owner, message);
  }

  async endCall(id: SessionId, streamId: string, owner: string): Promise<boolean> {
    const answered = await this.#connection.run(endCall, this.#callKeys(id), [this.#idleMs, streamId, owner]);
    if (!Array.isArray(answered)) return false;
    this.#answered.forget(id, asTexts(answered));
    return true;
  }

  /** The time of a response is the time when it came in. */
  async answeredCalls(
    before: number,
    limit: number,
  ): Promise<readonly { readonly id: SessionId; readonly streamId: string; readonly owner: string }[]> {
    return this.#answered.list(before, limit);
  }

  /** Ends the connections that the adapter has made. A second call does nothing. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #append(
    id: SessionId,
    streamId: string,
    kind: "event" | "call" | "last",
    owner: string,
    message: unknown,
  ): Promise<EventId | undefined> {
    const text = messageText(message);
    const entryId = await this.#appender.append(id, streamId, { kind, owner, text });
    return entryId === undefined ? undefined : formatEventId(streamId, entryId);
  }

  async #appendAll(
    id: SessionId,
    streamId: string,
    appends: readonly MarkedAppend[],
  ): Promise<(string | undefined)[]> {
    const session = this.#keys.session(id);
    const keys = [session, this.#logKey(id, streamId), `${session}:calls`];
    const bounds = [this.#idleMs, this.#maxEvents, this.#maxStreamBytes, this.#maxStreams];
    const messages = appends.flatMap(({ kind, owner, mark, again, text }) => [
      kind,
      owner,
      `${this.#writer}${mark.toString(36)}`,
      again ? "again" : "",
      text,
    ]);
    const [ids, answered] = asList(
      await this.#connection.run(appendEvents, keys, [...bounds, streamId, ...messages]),
    );
    this.#answered.forget(id, asTexts(answered));
    return asList(ids).map(asText);
  }

  #logKey(id: SessionId, streamId: string): string {
    return `${this.#keys.session(id)}:log:${streamId}`;
  }

  #valueKeys(id: SessionId): [string, string] {
    const session = this.#keys.session(id);
    return [session, `${session}:values`];
  }

  #callKeys(id: SessionId): [string, string] {
    const session = this.#keys.session(id);
    return [session, `${session}:calls`];
  }
}

/** A bound that counts, as Redis takes it. */
function count(name: string, given: number | undefined, standard: number): number {
  return Math.min(Math.floor(bound(name, given, standard)), Number.MAX_SAFE_INTEGER);
}

/** Quoted, so that texts which are no valid Unicode are different too. */
function valueField(key: string): string {
  return `v${JSON.stringify(key)}`;
}

function stateOf(fields: ReadonlyMap<string, string>): SessionState {
  const state: SessionState = {};
  const level = fields.get("l");
  if (level !== undefined) state.logLevel = level as SessionState["logLevel"];
  const subscriptions = [...fields.keys()]
    .filter((field) => field.startsWith("u"))
    .map((field) => field.slice(1));
  if (subscriptions.length > 0) state.subscriptions = subscriptions;
  return state;
}

function asCall(reply: unknown): KeptCall | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [request, owner, journal, ...rest] = reply as unknown[];
  const questions: string[] = [];
  const responses: [string, unknown][] = [];
  for (let index = 0; index < rest.length; index += 2) {
    const question = String(rest[index]);
    const response = asJson(rest[index + 1]);
    if (response === undefined) questions.push(question);
    else responses.push([question, response]);
  }
  return {
    request: asJson(request),
    owner: String(owner),
    journal: asJson(journal),
    questions,
    responses: Object.fromEntries(responses),
  };
}

function isFull(error: unknown): boolean {
  return error instanceof StoreUnavailableError && replyCode(error.cause) === "OOM";
}

function gone(): EventsGoneError {
  return new EventsGoneError(
    "The last event id names no event that is held of this session; begin again without it.",
  );
}
