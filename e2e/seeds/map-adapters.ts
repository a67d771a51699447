import {
  type EventId,
  EventsGoneError,
  type SessionData,
  type SessionMeta,
  type WriteFunction,
} from "slipway";
import type { ClientRequestAdapter, SessionAdapter } from "./documented.ts";

interface Kept {
  readonly data: SessionData;
  readonly events: { readonly id: EventId; readonly streamId: string; readonly message: unknown }[];
}

/** The seven methods that a session adapter must have, and no other. */
export class MapSessionAdapter implements SessionAdapter {
  readonly sessions = new Map<string, Kept>();

  generateSessionId(): string {
    return crypto.randomUUID();
  }

  async create(id: string, meta: SessionMeta): Promise<SessionData> {
    const data = { meta };
    this.sessions.set(id, { data, events: [] });
    return data;
  }

  async has(id: string): Promise<boolean> {
    return this.sessions.has(id);
  }

  async get(id: string): Promise<SessionData | undefined> {
    return this.sessions.get(id)?.data;
  }

  async appendEvent(id: string, streamId: string, message: unknown): Promise<EventId> {
    const events = this.sessions.get(id)?.events;
    if (events === undefined) throw new Error(`There is no session "${id}".`);
    const eventId = `${streamId}:${events.length}`;
    events.push({ id: eventId, streamId, message });
    return eventId;
  }

  async replay(id: string, lastEventId: EventId, write: WriteFunction): Promise<void> {
    const events = this.sessions.get(id)?.events ?? [];
    const last = events.findIndex((event) => event.id === lastEventId);
    const streamId = events[last]?.streamId;
    if (streamId === undefined) throw new EventsGoneError(`There is no event "${lastEventId}".`);
    for (const event of events.slice(last + 1)) {
      if (event.streamId === streamId) await write(event.id, event.message);
    }
  }

  async delete(id: string): Promise<void> {
    this.sessions.delete(id);
  }
}

interface Pending {
  resolve(response: unknown): void;
  reject(error: unknown): void;
}

/** The three methods that a client request adapter must have, and no other. */
export class MapClientRequestAdapter implements ClientRequestAdapter {
  readonly #pending = new Map<string, Pending>();

  createPending(sessionId: string, requestId: string): { promise: Promise<unknown> } {
    const promise = new Promise((resolve, reject) => {
      this.#pending.set(`${sessionId} ${requestId}`, { resolve, reject });
    });
    return { promise };
  }

  resolvePending(sessionId: string, requestId: string, response: unknown): boolean {
    return this.#settle(sessionId, requestId, (pending) => pending.resolve(response));
  }

  rejectPending(sessionId: string, requestId: string, error: Error): boolean {
    return this.#settle(sessionId, requestId, (pending) => pending.reject(error));
  }

  #settle(sessionId: string, requestId: string, how: (pending: Pending) => void): boolean {
    const key = `${sessionId} ${requestId}`;
    const pending = this.#pending.get(key);
    if (pending === undefined) return false;
    this.#pending.delete(key);
    how(pending);
    return true;
  }
}
