import {
  type Principal,
  principalKey,
  type SessionAdapter,
  type SessionChange,
  type SessionData,
  type SessionState,
} from "../../ports/index.ts";
import { type Change, Heartbeat, Opening, type SessionValues } from "../../server/index.ts";
import type { Endpoint } from "../endpoint.ts";
import { HttpError } from "../http-error.ts";
import type { EventStream } from "./event-stream.ts";
import { LiveSession, STANDALONE } from "./session.ts";

/** How long a stream without connection still gets events for a client that may come back, in milliseconds. */
const LINGER_MS = 5 * 60_000;

/** How many streams without connection a session may have; of more, the oldest are let go. */
const MAX_LEFT = 32;

/** How often sessions with open streams and calls are kept from expiring, in milliseconds. */
const TOUCH_MS = 60_000;

/** Of so many sessions the state is remembered for adapters that keep none. */
const MAX_STATES = 10_000;

/** Of so many sessions it is remembered that their clients are not ready yet. */
const MAX_OPENINGS = 10_000;

/** The sessions of a store, as far as this process has something of them open. */
export class Sessions {
  readonly adapter: SessionAdapter;
  readonly #endpoint: Endpoint;
  readonly #live = new Map<string, LiveSession>();
  readonly #listening = new Set<LiveSession>();
  #touching: ReturnType<typeof setInterval> | undefined;
  readonly #states = new Map<string, SessionState>();
  /** Of sessions that were opened here a moment ago, the oldest first. */
  readonly #openings = new Map<string, Opening>();
  #unsubscribe: (() => void) | undefined;
  /** Sessions of which it is being read what another machine has changed. */
  readonly #refreshing = new Map<LiveSession, Promise<void>>();

  constructor(adapter: SessionAdapter, endpoint: Endpoint) {
    this.adapter = adapter;
    this.#endpoint = endpoint;
  }

  /** A session was opened, whose client has not yet said that it is ready. */
  opened(id: string): void {
    for (const [other, opening] of this.#openings) {
      if (!opening.over && this.#openings.size < MAX_OPENINGS) break;
      this.#openings.delete(other);
    }
    this.#openings.set(id, new Opening());
  }

  /** The client says that it is ready. */
  ready(id: string): void {
    this.#openings.get(id)?.end();
    this.#openings.delete(id);
  }

  opening(id: string): Opening | undefined {
    return this.#openings.get(id);
  }

  /**
   * The session that a request names, for the principal that opened it.
   * @throws HttpError 404: to all others it does not exist
   */
  find(id: string, principal: Principal | undefined): LiveSession | Promise<LiveSession> {
    const data = this.adapter.get(id);
    return data instanceof Promise
      ? data.then((found) => this.#open(id, found, principal))
      : this.#open(id, data, principal);
  }

  #open(id: string, data: SessionData | undefined, principal: Principal | undefined): LiveSession {
    if (data === undefined) {
      this.#live.get(id)?.end();
      throw unknownSession();
    }
    if ((data.meta.principal ?? "") !== principalKey(principal)) throw unknownSession();
    const live = this.#live.get(id);
    if (live !== undefined) {
      live.heard();
      live.refresh(data);
      return live;
    }
    return new LiveSession(id, this.#withState(id, data), this);
  }

  /** Keeps a session in memory while something of it is open here. */
  retain(session: LiveSession): LiveSession {
    const other = this.#live.get(session.id);
    if (other !== undefined) return other;
    this.#live.set(session.id, session);
    if (this.#touching === undefined) {
      this.#touching = setInterval(() => this.#touch(), TOUCH_MS);
      (this.#touching as { unref?: () => void }).unref?.();
    }
    return session;
  }

  /** A session is in use while something of it is open, however long nobody says anything. */
  #touch(): void {
    if (this.#live.size === 0) {
      clearInterval(this.#touching);
      this.#touching = undefined;
    }
    for (const [id, session] of this.#live) {
      const get = async () => this.adapter.get(id);
      void get().then(
        (data) => {
          if (data === undefined) session.end();
        },
        (error) => this.#endpoint.core.logger.warn("A session in use could not be kept alive.", error),
      );
    }
  }

  /** For adapters that keep no state, this process remembers what its clients told it. */
  #withState(id: string, data: SessionData): SessionData {
    const state = this.#states.get(id);
    return state === undefined ? data : { ...data, state };
  }

  updateState(id: string, state: SessionState, change: SessionChange): void | Promise<void> {
    if (this.adapter.updateState !== undefined) return this.#updateStored(id, change);
    this.#states.delete(id);
    this.#states.set(id, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > MAX_STATES && oldest !== undefined) this.#states.delete(oldest);
  }

  valuesOf(id: string): SessionValues | undefined {
    const { adapter } = this;
    const { readValue, writeValue } = adapter;
    if (readValue === undefined || writeValue === undefined) return undefined;
    return {
      read: (key) => readValue.call(adapter, id, key),
      write: (key, value, version) => writeValue.call(adapter, id, key, value, version),
    };
  }

  async #updateStored(id: string, change: SessionChange): Promise<void> {
    await this.adapter.updateState?.(id, change);
    const { fleet } = this.#endpoint;
    // Before the client is answered: a change that it may expect to be told of must not be heard first.
    await fleet?.rung({ bell: "state", session: id, by: fleet.instanceId });
  }

  /** Takes over what another machine has changed in a session that is open here; one look at a time. */
  refresh(session: LiveSession): void {
    const before = this.#refreshing.get(session) ?? Promise.resolve();
    const refreshed = before
      .then(() => this.#refresh(session))
      .then(() => {
        if (this.#refreshing.get(session) === refreshed) this.#refreshing.delete(session);
      });
    this.#refreshing.set(session, refreshed);
  }

  async #refresh(session: LiveSession): Promise<void> {
    try {
      const data = await this.adapter.get(session.id);
      if (data === undefined) session.end();
      else session.refresh(data);
    } catch (error) {
      this.#endpoint.core.logger.warn("What changed in a session could not be read.", error);
    }
  }

  release(session: LiveSession): void {
    if (this.#live.get(session.id) === session) this.#live.delete(session.id);
    this.#listening.delete(session);
    if (this.#listening.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Tells a session of changes from now on. */
  listen(session: LiveSession): void {
    this.#listening.add(session);
    session.listen(() => this.#heartbeat(session));
    this.#unsubscribe ??= this.#endpoint.core.changes.subscribe((change) => this.#publish(change));
  }

  #heartbeat(session: LiveSession): Heartbeat | undefined {
    const { settings, clientRequests, core } = this.#endpoint;
    if (settings.ping.intervalMs === 0) return undefined;
    return new Heartbeat({
      settings: settings.ping,
      clientRequests,
      channel: session.id,
      send: (ping) => session.tellNow(ping),
      failed: (error) => {
        core.logger.warn(`${error.message} The streams of the session ${session.id} are closed.`);
        session.lose(error);
      },
    });
  }

  #publish(change: Change): void {
    for (const session of this.#listening) {
      // What the client has just subscribed to elsewhere may be what has changed.
      const refreshing = this.#refreshing.get(session);
      if (refreshing === undefined) this.#tellOf(change, session);
      else void refreshing.then(() => this.#tellOf(change, session));
    }
  }

  #tellOf(change: Change, session: LiveSession): void {
    if (session.opening?.over === false) return;
    const { method, params } = change;
    if (method === "notifications/resources/updated" && !session.isSubscribed(params.uri)) return;
    session.tell(params === undefined ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params });
  }

  /** Tells a session that whatever it watches may have changed. */
  tellOfAll(session: LiveSession): void {
    for (const kind of ["tools", "prompts", "resources"] as const) {
      if (!this.#endpoint.core.offers(`${kind}/list`)) continue;
      session.tell({ jsonrpc: "2.0", method: `notifications/${kind}/list_changed` });
    }
    for (const uri of session.watched) {
      session.tell({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } });
    }
  }

  async delete(session: LiveSession): Promise<void> {
    await this.adapter.delete(session.id);
    this.#states.delete(session.id);
    this.#openings.delete(session.id);
    (this.#live.get(session.id) ?? session).end();
  }

  /** Lets go of a listening stream that lost its connection, unless the client comes back for it. */
  linger(session: LiveSession, stream: EventStream): void {
    stream.linger(LINGER_MS, () => session.remove(stream));
    const left = [...session.streams.values()].filter(
      ({ id, connected }) => id.startsWith(STANDALONE) && !connected,
    );
    for (const oldest of left.slice(0, -MAX_LEFT)) {
      oldest.stopLingering();
      session.remove(oldest);
    }
  }

  get size(): number {
    return this.#live.size;
  }

  /** What is open here of a session, if anything is. */
  live(id: string): LiveSession | undefined {
    return this.#live.get(id);
  }

  all(): readonly LiveSession[] {
    return [...this.#live.values()];
  }

  /** A session as the store has it, for whomever it belongs to. */
  async open(id: string): Promise<LiveSession | undefined> {
    const data = await this.adapter.get(id);
    if (data === undefined) return undefined;
    return this.#live.get(id) ?? new LiveSession(id, this.#withState(id, data), this);
  }

  close(): void {
    for (const session of [...this.#live.values()]) {
      for (const stream of session.streams.values())
        if (stream.id.startsWith(STANDALONE)) stream.disconnect();
      for (const tail of session.tails.values()) tail.stop(this.#endpoint.settings.retryMs);
    }
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}

/** To all but the principal that opened it, no session exists. */
export function unknownSession(): HttpError {
  return new HttpError(
    404,
    "Session not found: it has ended or was never opened, so start a new one with initialize.",
  );
}
