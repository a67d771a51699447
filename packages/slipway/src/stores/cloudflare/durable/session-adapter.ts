import {
  type EventId,
  type KeptCall,
  messageText,
  type SessionAdapter,
  type SessionCall,
  type SessionChange,
  type SessionData,
  type SessionId,
  type SessionMeta,
  type Versioned,
  type WriteFunction,
} from "../../../ports/index.ts";
import { jsonText } from "../../memory/json-text.ts";
import { trimmedEvents, unknownEvent } from "../../sql/errors.ts";
import { formatEventId, parseEventId } from "../../sql/event-id.ts";
import { type SessionBounds, type SqlSessionOptions, sessionBounds } from "../../sql/options.ts";
import { sessionData } from "../../sql/rows.ts";
import { idText, textId } from "../../sql/text.ts";
import type { Command, Given } from "./commands.ts";
import type { Objects } from "./objects.ts";

/** Events that a replay reads at once. */
const PAGE = 64;

/** Bounds of sessions; see there. Sessions are not counted, since their objects do not know of each other. */
export type DurableSessionOptions = Omit<SqlSessionOptions, "maxSessions">;

/** Keeps each session, its event logs and its calls in the shard of its id. */
export class DurableSessionAdapter implements SessionAdapter {
  readonly #objects: Objects;
  readonly #bounds: SessionBounds;
  readonly #newId: () => SessionId;
  readonly #present: () => Promise<void>;

  /** @param present resolves when others see that this instance lives, before it owns a call */
  constructor(objects: Objects, options: DurableSessionOptions, present: () => Promise<void>) {
    this.#objects = objects;
    this.#bounds = { ...sessionBounds(options), maxSessions: undefined };
    this.#newId = options.generateSessionId ?? (() => crypto.randomUUID());
    this.#present = present;
  }

  #call<C extends Command>(id: SessionId, command: C, ...given: Given<C>) {
    return this.#objects.call(this.#objects.shardOf(id), command, ...given);
  }

  generateSessionId(): SessionId {
    return this.#newId();
  }

  async create(id: SessionId, meta: SessionMeta): Promise<SessionData> {
    await this.#call(id, "createSession", this.#bounds, idText(id), jsonText(meta, "a session's meta"));
    return { meta };
  }

  has(id: SessionId): Promise<boolean> {
    return this.#call(id, "hasSession", idText(id));
  }

  async get(id: SessionId): Promise<SessionData | undefined> {
    const row = await this.#call(id, "getSession", this.#bounds, idText(id));
    return row && sessionData(row);
  }

  async appendEvent(id: SessionId, streamId: string, message: unknown): Promise<EventId | undefined> {
    const text = messageText(message);
    const place = await this.#call(id, "appendEvent", this.#bounds, idText(id), idText(streamId), text);
    return place && formatEventId(streamId, place.log, place.sequence);
  }

  async replay(id: SessionId, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const position = parseEventId(lastEventId);
    if (position === undefined) throw unknownEvent();
    const { streamId, log } = position;
    for (let { sequence } = position; ; ) {
      const rows = await this.#call(id, "readEvents", idText(id), idText(streamId), log, sequence, PAGE);
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

  delete(id: SessionId): Promise<void> {
    return this.#call(id, "deleteSession", idText(id));
  }

  async openStream(id: SessionId, streamId: string): Promise<EventId | undefined> {
    const stream = await this.#call(id, "openStream", this.#bounds, idText(id), idText(streamId));
    return stream && formatEventId(streamId, stream.key, stream.first - 1);
  }

  streamOf(eventId: EventId): string | undefined {
    return parseEventId(eventId)?.streamId;
  }

  closeStream(id: SessionId, streamId: string): Promise<void> {
    return this.#call(id, "closeStream", this.#bounds, idText(id), idText(streamId));
  }

  updateState(id: SessionId, change: SessionChange): Promise<void> {
    return this.#call(id, "updateState", this.#bounds, idText(id), change);
  }

  async readValue(id: SessionId, key: string): Promise<Versioned | undefined> {
    const row = await this.#call(id, "readValue", this.#bounds, idText(id), idText(key));
    return row && { value: JSON.parse(row.value), version: row.version };
  }

  /** Rejects with an Error when the session's values would take more than `maxValueBytes`. */
  async writeValue(id: SessionId, key: string, value: unknown, version: number): Promise<boolean> {
    const text = value === undefined ? undefined : jsonText(value, "a session's value");
    return this.#call(id, "writeValue", this.#bounds, idText(id), idText(key), text, version);
  }

  /** Rejects with an Error when the session has `maxCalls` calls already. */
  async beginCall(id: SessionId, streamId: string, { request }: SessionCall, owner: string): Promise<void> {
    const text = jsonText(request, "a call's request");
    await this.#present();
    await this.#call(id, "beginCall", this.#bounds, idText(id), idText(streamId), text, idText(owner));
  }

  getCall(id: SessionId, streamId: string): Promise<KeptCall | undefined> {
    return this.#call(id, "getCall", this.#bounds, idText(id), idText(streamId));
  }

  async saveCall(
    id: SessionId,
    streamId: string,
    owner: string,
    journal: unknown,
    questions: readonly string[],
  ): Promise<boolean> {
    return this.#call(
      id,
      "saveCall",
      this.#bounds,
      idText(id),
      idText(streamId),
      idText(owner),
      jsonText(journal, "a call's journal"),
      questions.map(idText),
    );
  }

  async answerCall(
    id: SessionId,
    question: string,
    response: unknown,
  ): Promise<{ readonly streamId: string; readonly owner: string } | undefined> {
    const text = jsonText(response, "a response");
    const found = await this.#call(id, "answerCall", this.#bounds, idText(id), idText(question), text);
    return found && { streamId: textId(found.stream_id), owner: textId(found.owner) };
  }

  async claimCall(
    id: SessionId,
    streamId: string,
    expected: string,
    owner: string,
  ): Promise<KeptCall | undefined> {
    await this.#present();
    return this.#call(
      id,
      "claimCall",
      this.#bounds,
      idText(id),
      idText(streamId),
      idText(expected),
      idText(owner),
    );
  }

  async appendCallEvent(
    id: SessionId,
    streamId: string,
    owner: string,
    message: unknown,
    last: boolean,
  ): Promise<EventId | undefined> {
    const text = messageText(message);
    const place = await this.#call(
      id,
      "appendCallEvent",
      this.#bounds,
      idText(id),
      idText(streamId),
      idText(owner),
      text,
      last,
    );
    return place && formatEventId(streamId, place.log, place.sequence);
  }

  endCall(id: SessionId, streamId: string, owner: string): Promise<boolean> {
    return this.#call(id, "endCall", this.#bounds, idText(id), idText(streamId), idText(owner));
  }

  async answeredCalls(
    before: number,
    limit: number,
  ): Promise<{ readonly id: SessionId; readonly streamId: string; readonly owner: string }[]> {
    const found = await Promise.all(
      Array.from({ length: this.#objects.shards }, (_, shard) =>
        this.#objects.call(shard, "answeredCalls", before, limit),
      ),
    );
    return found
      .flat()
      .sort((one, other) => one.answered_at - other.answered_at)
      .slice(0, limit)
      .map((row) => ({
        id: textId(row.id),
        streamId: textId(row.stream_id),
        owner: textId(row.owner),
      }));
  }
}
