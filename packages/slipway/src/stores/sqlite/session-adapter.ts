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
import { messageText } from "../../ports/index.ts";
import { jsonText } from "../memory/json-text.ts";
import { trimmedEvents, unknownEvent } from "../sql/errors.ts";
import { formatEventId, parseEventId } from "../sql/event-id.ts";
import { type SessionBounds, type SqlSessionOptions, sessionBounds } from "../sql/options.ts";
import { sessionData } from "../sql/rows.ts";
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
import type { Database } from "./database.ts";
import type { Sweeper } from "./sweeper.ts";

/** Events that a replay reads at once. */
const PAGE = 64;

/** Keeps sessions and their event logs in a {@link Database}. */
export class SqliteSessionAdapter implements SessionAdapter {
  readonly #db: Database;
  readonly #sweeper: Sweeper;
  readonly #bounds: SessionBounds;
  readonly #newId: () => SessionId;

  constructor(db: Database, sweeper: Sweeper, options: SqlSessionOptions) {
    this.#db = db;
    this.#sweeper = sweeper;
    this.#bounds = sessionBounds(options);
    this.#newId = options.generateSessionId ?? (() => crypto.randomUUID());
  }

  generateSessionId(): SessionId {
    return this.#newId();
  }

  create(id: SessionId, meta: SessionMeta): SessionData {
    this.#sweeper.sweep();
    createSession(this.#db, idText(id), jsonText(meta, "a session's meta"), Date.now(), this.#bounds);
    return { meta };
  }

  has(id: SessionId): boolean {
    return hasSession(this.#db, idText(id), Date.now());
  }

  get(id: SessionId): SessionData | undefined {
    const row = getSession(this.#db, idText(id), Date.now(), this.#bounds.idleMs);
    return row && sessionData(row);
  }

  appendEvent(id: SessionId, streamId: string, message: unknown): EventId | undefined {
    const text = messageText(message);
    const place = appendEvent(this.#db, idText(id), idText(streamId), text, Date.now(), this.#bounds);
    return place && formatEventId(streamId, place.log, place.sequence);
  }

  async replay(id: SessionId, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const position = parseEventId(lastEventId);
    if (position === undefined) throw unknownEvent();
    const { streamId, log } = position;
    for (let { sequence } = position; ; ) {
      const rows = readEvents(this.#db, idText(id), idText(streamId), log, sequence, PAGE, Date.now());
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

  delete(id: SessionId): void {
    deleteSession(this.#db, idText(id));
  }

  openStream(id: SessionId, streamId: string): EventId | undefined {
    this.#sweeper.sweep();
    const stream = openStream(this.#db, idText(id), idText(streamId), Date.now(), this.#bounds);
    return stream && formatEventId(streamId, stream.key, stream.first - 1);
  }

  streamOf(eventId: EventId): string | undefined {
    return parseEventId(eventId)?.streamId;
  }

  closeStream(id: SessionId, streamId: string): void {
    closeStream(this.#db, idText(id), idText(streamId), Date.now());
  }

  updateState(id: SessionId, change: SessionChange): void {
    updateState(this.#db, idText(id), change, Date.now(), this.#bounds.idleMs);
  }

  readValue(id: SessionId, key: string): Versioned | undefined {
    const row = readValue(this.#db, idText(id), idText(key), Date.now(), this.#bounds.idleMs);
    return row && { value: JSON.parse(row.value), version: row.version };
  }

  /** Throws an Error when the session's values would take more than `maxValueBytes`. */
  writeValue(id: SessionId, key: string, value: unknown, version: number): boolean {
    const text = value === undefined ? undefined : jsonText(value, "a session's value");
    return writeValue(this.#db, idText(id), idText(key), text, version, Date.now(), this.#bounds);
  }

  /** Throws an Error when the session has `maxCalls` calls already. */
  beginCall(id: SessionId, streamId: string, { request }: SessionCall, owner: string): void {
    const text = jsonText(request, "a call's request");
    beginCall(this.#db, idText(id), idText(streamId), text, idText(owner), Date.now(), this.#bounds);
  }

  getCall(id: SessionId, streamId: string): KeptCall | undefined {
    return getCall(this.#db, idText(id), idText(streamId), Date.now(), this.#bounds.idleMs);
  }

  saveCall(
    id: SessionId,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ): boolean {
    return saveCall(
      this.#db,
      idText(id),
      idText(streamId),
      idText(owner),
      jsonText(journal, "a call's journal"),
      questions.map(idText),
      Date.now(),
      this.#bounds.idleMs,
    );
  }

  answerCall(
    id: SessionId,
    question: string,
    response: unknown,
  ): { readonly streamId: string; readonly owner: string } | undefined {
    const text = jsonText(response, "a response");
    const found = answerCall(this.#db, idText(id), idText(question), text, Date.now(), this.#bounds.idleMs);
    return found && { streamId: textId(found.stream_id), owner: textId(found.owner) };
  }

  claimCall(id: SessionId, streamId: string, expected: string, owner: string): KeptCall | undefined {
    return claimCall(
      this.#db,
      idText(id),
      idText(streamId),
      idText(expected),
      idText(owner),
      Date.now(),
      this.#bounds.idleMs,
    );
  }

  appendCallEvent(
    id: SessionId,
    streamId: string,
    owner: string,
    message: unknown,
    last: boolean,
  ): EventId | undefined {
    const place = appendCallEvent(
      this.#db,
      idText(id),
      idText(streamId),
      idText(owner),
      messageText(message),
      last,
      Date.now(),
      this.#bounds,
    );
    return place && formatEventId(streamId, place.log, place.sequence);
  }

  endCall(id: SessionId, streamId: string, owner: string): boolean {
    return endCall(this.#db, idText(id), idText(streamId), idText(owner), Date.now(), this.#bounds.idleMs);
  }

  answeredCalls(
    before: number,
    limit: number,
  ): { readonly id: SessionId; readonly streamId: string; readonly owner: string }[] {
    return answeredCalls(this.#db, before, limit, Date.now()).map((row) => ({
      id: textId(row.id),
      streamId: textId(row.stream_id),
      owner: textId(row.owner),
    }));
  }
}
