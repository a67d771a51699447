import type {
  EventId,
  KeptCall,
  SessionAdapter,
  SessionCall,
  SessionChange,
  SessionData,
  SessionId,
  SessionMeta,
  Versioned,
  WriteFunction,
} from "../../ports/index.ts";
import { messageText, StoreUnavailableError } from "../../ports/index.ts";
import { type Append, Attempts, type MarkedAppend } from "../attempts.ts";
import { jsonText } from "../memory/json-text.ts";
import { callLimit, idInUse, sessionLimit, trimmedEvents, unknownEvent, valueLimit } from "../sql/errors.ts";
import { formatEventId, parseEventId } from "../sql/event-id.ts";
import { type SessionBounds, type SqlSessionOptions, sessionBounds, whole } from "../sql/options.ts";
import { type CallRow, keptCall, type SessionRow, sessionData } from "../sql/rows.ts";
import { idText, textId } from "../sql/text.ts";
import { answerCall } from "./commands/answer-call.ts";
import { answeredCalls } from "./commands/answered-calls.ts";
import { appendCallEvent } from "./commands/append-call-event.ts";
import { appendEvent } from "./commands/append-event.ts";
import { beginCall } from "./commands/begin-call.ts";
import { claimCall } from "./commands/claim-call.ts";
import { closeStream } from "./commands/close-stream.ts";
import { createSession } from "./commands/create-session.ts";
import { deleteSession } from "./commands/delete-session.ts";
import { endCall } from "./commands/end-call.ts";
import { getCall } from "./commands/get-call.ts";
import { getSession } from "./commands/get-session.ts";
import { hasSession } from "./commands/has-session.ts";
import { openStream } from "./commands/open-stream.ts";
import { readEvents } from "./commands/read-events.ts";
import { readValue } from "./commands/read-value.ts";
import { saveCall } from "./commands/save-call.ts";
import { updateState } from "./commands/update-state.ts";
import { writeValue } from "./commands/write-value.ts";
import { Database, type PostgresConnectionOptions } from "./database.ts";
import { Lanes } from "./lanes.ts";
import type { PostgresPool } from "./pool.ts";
import { Sweeper } from "./sweeper.ts";

export interface PostgresSessionOptions extends PostgresConnectionOptions, SqlSessionOptions {}

/** Events that a replay reads at once. */
const PAGE = 64;

interface Appended {
  readonly log: number;
  readonly sequence: number;
}

interface KeptCallRow extends CallRow {
  readonly questions: readonly string[];
  readonly responses: readonly (string | null)[];
}

/**
 * Keeps sessions and their event logs in Postgres. Every operation is one round trip, and rejects with a
 * `StoreUnavailableError` when the database cannot be reached within `commandTimeoutMs`.
 *
 * Appends to one stream by one instance keep their order, also when none waits for the one before. An event that is
 * appended again, after nobody knew whether it was, is in the log once. `replay` also writes
 * what is appended while it runs. A closed log is held for `closedStreamTtlMs`; an append opens it again. What has expired
 * is deleted as the adapter is used, some at a time.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export class PostgresSessionAdapter implements SessionAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;
  readonly #bounds: SessionBounds;
  readonly #newId: () => SessionId;
  readonly #lanes = new Lanes();
  readonly #attempts = new Attempts();
  /** Tells the marks of this adapter's events from those of others. */
  readonly #writer = `${crypto.randomUUID().slice(0, 8)}.`;

  /** @param pool a `Pool` of `pg`; it is not ended */
  constructor(
    pool: PostgresPool,
    options: PostgresSessionOptions = {},
    shared?: { db: Database; sweeper: Sweeper },
  ) {
    this.#bounds = sessionBounds(options);
    this.#db = shared?.db ?? new Database(pool, options);
    this.#sweeper = shared?.sweeper ?? new Sweeper(this.#db, this.#bounds.closedMs);
    this.#newId = options.generateSessionId ?? (() => crypto.randomUUID());
  }

  generateSessionId(): SessionId {
    return this.#newId();
  }

  async create(id: SessionId, meta: SessionMeta): Promise<SessionData> {
    this.#sweeper.sweep();
    const { idleMs, maxSessions } = this.#bounds;
    const text = jsonText(meta, "a session's meta");
    const [row] = await this.#db.run<{ outcome: string }>(
      createSession,
      idText(id),
      text,
      idleMs,
      maxSessions ?? null,
    );
    if (row?.outcome === "full") throw sessionLimit(this.#bounds);
    if (row?.outcome === "used") throw idInUse("session");
    return { meta };
  }

  async has(id: SessionId): Promise<boolean> {
    return (await this.#db.run(hasSession, idText(id))).length > 0;
  }

  async get(id: SessionId): Promise<SessionData | undefined> {
    type Row = Omit<SessionRow, "subscriptions"> & { readonly subscriptions: readonly string[] | null };
    const [row] = await this.#db.run<Row>(getSession, idText(id), this.#bounds.idleMs);
    if (row === undefined) return undefined;
    const subscriptions = row.subscriptions && JSON.stringify(row.subscriptions.map(textId));
    return sessionData({ ...row, subscriptions });
  }

  async appendEvent(id: SessionId, streamId: string, message: unknown): Promise<EventId | undefined> {
    const append: Append = { kind: "event", owner: "", text: messageText(message) };
    return this.#append(id, streamId, append, ({ text, mark }) =>
      this.#db.run<Appended>(
        appendEvent,
        idText(id),
        idText(streamId),
        text,
        this.#writer,
        mark,
        ...this.#logBounds(),
      ),
    );
  }

  /** One at a time for each stream, and once each however often it is tried. */
  async #append(
    id: SessionId,
    streamId: string,
    append: Append,
    run: (attempt: MarkedAppend) => Promise<Appended[]>,
  ): Promise<EventId | undefined> {
    const key = lane(id, streamId);
    const attempt = this.#attempts.marked(key, append);
    try {
      const [place] = await this.#lanes.run(key, () => run(attempt));
      return place && formatEventId(streamId, place.log, place.sequence);
    } catch (error) {
      if (error instanceof StoreUnavailableError) this.#attempts.fail(key, [attempt]);
      throw error;
    }
  }

  #logBounds(): number[] {
    const { idleMs, maxEvents, maxBytes, maxStreams } = this.#bounds;
    return [idleMs, maxEvents, maxBytes, maxStreams];
  }

  async replay(id: SessionId, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const position = parseEventId(lastEventId);
    if (position === undefined) throw unknownEvent();
    const { streamId, log } = position;
    for (let { sequence } = position; ; ) {
      type Row = { last: number; sequence: number | null; message: string | null };
      const rows = await this.#db.run<Row>(readEvents, idText(id), idText(streamId), log, sequence, PAGE);
      const last = rows[0]?.last;
      if (last === undefined || sequence > last) throw unknownEvent();
      if (sequence === last) return;
      for (const row of rows) {
        if (row.sequence !== sequence + 1 || row.message === null) throw trimmedEvents();
        sequence = row.sequence;
        await write(formatEventId(streamId, log, sequence), JSON.parse(row.message));
      }
    }
  }

  async delete(id: SessionId): Promise<void> {
    await this.#db.run(deleteSession, idText(id));
  }

  async openStream(id: SessionId, streamId: string): Promise<EventId | undefined> {
    this.#sweeper.sweep();
    const { idleMs, maxStreams } = this.#bounds;
    const [stream] = await this.#lanes.run(lane(id, streamId), () =>
      this.#db.run<{ log: number; start: number }>(
        openStream,
        idText(id),
        idText(streamId),
        idleMs,
        maxStreams,
      ),
    );
    return stream && formatEventId(streamId, stream.log, stream.start);
  }

  streamOf(eventId: EventId): string | undefined {
    return parseEventId(eventId)?.streamId;
  }

  async closeStream(id: SessionId, streamId: string): Promise<void> {
    await this.#lanes.run(lane(id, streamId), () => this.#db.run(closeStream, idText(id), idText(streamId)));
  }

  async updateState(id: SessionId, { logLevel, subscribe, unsubscribe }: SessionChange): Promise<void> {
    await this.#db.run(
      updateState,
      idText(id),
      logLevel ?? null,
      subscribe === undefined ? null : idText(subscribe),
      unsubscribe === undefined ? null : idText(unsubscribe),
      this.#bounds.idleMs,
    );
  }

  async readValue(id: SessionId, key: string): Promise<Versioned | undefined> {
    type Row = { value: string; version: number };
    const [row] = await this.#db.run<Row>(readValue, idText(id), idText(key));
    return row && { value: JSON.parse(row.value), version: row.version };
  }

  /** Rejects with an Error when the session's values would take more than `maxValueBytes`. */
  async writeValue(id: SessionId, key: string, value: unknown, version: number): Promise<boolean> {
    const text = value === undefined ? null : jsonText(value, "a session's value");
    const { idleMs, maxValueBytes } = this.#bounds;
    const [row] = await this.#db.run<{ outcome: string }>(
      writeValue,
      idText(id),
      idText(key),
      text,
      version,
      idleMs,
      maxValueBytes,
    );
    if (row?.outcome === "full") throw valueLimit(text?.length ?? 0, this.#bounds);
    return row?.outcome === "written";
  }

  /** Rejects with an Error when the session has `maxCalls` calls already. */
  async beginCall(id: SessionId, streamId: string, { request }: SessionCall, owner: string): Promise<void> {
    const text = jsonText(request, "a call's request");
    const { idleMs, maxCalls } = this.#bounds;
    const [row] = await this.#db.run<{ begun: boolean }>(
      beginCall,
      idText(id),
      idText(streamId),
      text,
      idText(owner),
      idleMs,
      maxCalls,
    );
    if (row?.begun === false) throw callLimit(this.#bounds);
  }

  async getCall(id: SessionId, streamId: string): Promise<KeptCall | undefined> {
    const [row] = await this.#db.run<KeptCallRow>(getCall, idText(id), idText(streamId));
    return row && shown(row);
  }

  async saveCall(
    id: SessionId,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ): Promise<boolean> {
    const [row] = await this.#db.run<{ saved: boolean }>(
      saveCall,
      idText(id),
      idText(streamId),
      idText(owner),
      jsonText(journal, "a call's journal"),
      questions.map(idText),
      this.#bounds.idleMs,
    );
    return row?.saved ?? false;
  }

  async answerCall(
    id: SessionId,
    question: string,
    response: unknown,
  ): Promise<{ readonly streamId: string; readonly owner: string } | undefined> {
    const [row] = await this.#db.run<{ stream_id: string; owner: string }>(
      answerCall,
      idText(id),
      idText(question),
      jsonText(response, "a response"),
      this.#bounds.idleMs,
    );
    return row && { streamId: textId(row.stream_id), owner: textId(row.owner) };
  }

  async claimCall(
    id: SessionId,
    streamId: string,
    expected: string,
    owner: string,
  ): Promise<KeptCall | undefined> {
    const [row] = await this.#db.run<KeptCallRow>(
      claimCall,
      idText(id),
      idText(streamId),
      idText(expected),
      idText(owner),
      this.#bounds.idleMs,
    );
    return row && shown(row);
  }

  async appendCallEvent(
    id: SessionId,
    streamId: string,
    owner: string,
    message: unknown,
    last: boolean,
  ): Promise<EventId | undefined> {
    const append: Append = { kind: last ? "last" : "call", owner, text: messageText(message) };
    return this.#append(id, streamId, append, ({ text, mark }) =>
      this.#db.run<Appended>(
        appendCallEvent,
        idText(id),
        idText(streamId),
        idText(owner),
        text,
        last,
        this.#writer,
        mark,
        ...this.#logBounds(),
      ),
    );
  }

  async endCall(id: SessionId, streamId: string, owner: string): Promise<boolean> {
    const [row] = await this.#db.run<{ ended: boolean }>(
      endCall,
      idText(id),
      idText(streamId),
      idText(owner),
      this.#bounds.idleMs,
    );
    return row?.ended ?? false;
  }

  async answeredCalls(
    before: number,
    limit: number,
  ): Promise<{ readonly id: SessionId; readonly streamId: string; readonly owner: string }[]> {
    type Row = { id: string; stream_id: string; owner: string };
    const rows = await this.#db.run<Row>(answeredCalls, whole(before), whole(limit));
    return rows.map((row) => ({
      id: textId(row.id),
      streamId: textId(row.stream_id),
      owner: textId(row.owner),
    }));
  }
}

function lane(id: SessionId, streamId: string): string {
  return JSON.stringify([id, streamId]);
}

function shown(row: KeptCallRow): KeptCall {
  const { questions, responses } = row;
  return keptCall(
    row,
    questions.map((question, index) => ({ question, response: responses[index] ?? null })),
  );
}
