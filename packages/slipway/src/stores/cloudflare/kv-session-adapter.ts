import {
  type EventId,
  EventsGoneError,
  messageText,
  type SessionAdapter,
  type SessionData,
  type SessionId,
  type SessionMeta,
  type WriteFunction,
} from "../../ports/index.ts";
import { bound } from "../memory/bound.ts";
import { jsonText } from "../memory/json-text.ts";
import { type KvNamespace, kvKey, kvNames, kvTtl } from "./kv.ts";

export interface KvSessionOptions {
  /**
   * A session ends when it was not used for this long, in milliseconds; at least 60,000, as KV keeps nothing shorter.
   * Its use is written down at most once in half of that. Default 24 hours.
   */
  idleTimeoutMs?: number;
  /** Events can be replayed for this long, in milliseconds; at least 60,000. Default 10 minutes. */
  eventTtlMs?: number;
  /** Makes the ids of sessions. Default `crypto.randomUUID()`. */
  generateSessionId?: () => SessionId;
}

interface KeptSession {
  readonly meta: SessionMeta;
  /** When it was last written, in milliseconds since 1970. */
  readonly at: number;
}

const SEQUENCE_DIGITS = 16;

// Of this isolate: adapters are made anew for each request, and the clock of a Worker stands still while it computes.
let lastSequence = 0;

/**
 * Keeps sessions and events in Workers KV: one key for each session, and one for each event, which is written once.
 *
 * KV is eventually consistent: what one place in the world writes, another may see a minute later, and until then it
 * may answer that a session is unknown, that a deleted one lives, or that there are no more events. So it carries
 * sessions whose client stays near one place. It has no atomic step: this adapter keeps no log level, no
 * subscriptions, no values of `ctx.session`, and no calls that another instance could go on with. Each event is a
 * write, which is paid for.
 *
 * @see https://developers.cloudflare.com/kv/concepts/how-kv-works/
 */
export class KvSessionAdapter implements SessionAdapter {
  readonly #kv: KvNamespace;
  readonly #idleMs: number;
  readonly #eventTtl: number;
  readonly #newId: () => SessionId;

  /** Throws a RangeError when a time is below a minute. */
  constructor(kv: KvNamespace, options: KvSessionOptions = {}) {
    this.#kv = kv;
    this.#idleMs = bound("idleTimeoutMs", options.idleTimeoutMs, 24 * 60 * 60_000, 60_000);
    this.#eventTtl = kvTtl(bound("eventTtlMs", options.eventTtlMs, 10 * 60_000, 60_000));
    this.#newId = options.generateSessionId ?? (() => crypto.randomUUID());
  }

  generateSessionId(): SessionId {
    return this.#newId();
  }

  async create(id: SessionId, meta: SessionMeta): Promise<SessionData> {
    await this.#write(id, meta);
    return { meta };
  }

  async has(id: SessionId): Promise<boolean> {
    return (await this.#kv.get(await kvKey("session", id))) !== null;
  }

  async get(id: SessionId): Promise<SessionData | undefined> {
    const text = await this.#kv.get(await kvKey("session", id));
    if (text === null) return undefined;
    const { meta, at }: KeptSession = JSON.parse(text);
    // KV takes one write a second for a key, so not every use is written.
    if (Date.now() - at > this.#idleMs / 2) await this.#write(id, meta);
    return { meta };
  }

  async appendEvent(id: SessionId, streamId: string, message: unknown): Promise<EventId | undefined> {
    const text = messageText(message);
    // Before anything is awaited, so that appends keep their order.
    const sequence = nextSequence();
    if (!(await this.has(id))) return undefined;
    await this.#kv.put(await kvKey("event", id, streamId, sequence), text, { expirationTtl: this.#eventTtl });
    return `${streamId}_${sequence}`;
  }

  async replay(id: SessionId, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const separator = lastEventId.lastIndexOf("_");
    const streamId = lastEventId.slice(0, Math.max(0, separator));
    const last = await kvKey("event", id, streamId, lastEventId.slice(separator + 1));
    if (separator === -1 || !(await this.has(id)) || (await this.#kv.get(last)) === null) throw gone();
    const prefix = `${await kvKey("event", id, streamId)}:`;
    for await (const name of kvNames(this.#kv, prefix)) {
      if (name <= last) continue;
      const text = await this.#kv.get(name);
      // It has expired since, or is not to be seen here yet.
      if (text === null) throw gone();
      await write(`${streamId}_${name.slice(prefix.length)}`, JSON.parse(text));
    }
  }

  async delete(id: SessionId): Promise<void> {
    await this.#kv.delete(await kvKey("session", id));
    for await (const name of kvNames(this.#kv, `${await kvKey("event", id)}:`)) await this.#kv.delete(name);
  }

  async #write(id: SessionId, meta: SessionMeta): Promise<void> {
    const text = jsonText({ meta, at: Date.now() } satisfies KeptSession, "a session's meta");
    await this.#kv.put(await kvKey("session", id), text, { expirationTtl: kvTtl(this.#idleMs) });
  }
}

/** Microseconds since 1970, so that the sequences of several instances follow each other; of one width, to be sorted. */
function nextSequence(): string {
  lastSequence = Math.max(Date.now() * 1_000, lastSequence + 1);
  return String(lastSequence).padStart(SEQUENCE_DIGITS, "0");
}

function gone(): EventsGoneError {
  return new EventsGoneError(
    "The events after this id are not held in KV: they have expired, are not to be seen here yet, or the id is none " +
      "of this session's. Begin a new request.",
  );
}
