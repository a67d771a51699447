import { type Principal, principalKey, type SessionAdapter, SessionLimitError } from "../ports/index.ts";
import { HttpError } from "./http-error.ts";
import type { Fleet } from "./legacy/fleet.ts";

/** The stream of the session's log that holds what its client has posted to other instances. */
const INBOX = "slipway:inbox";
/** The session's value that names the instance which holds its event stream. */
const HOLDER = "slipway:holder";

/**
 * Carries what a client of HTTP+SSE posts to the instance that holds its event stream. Each event stream is a session
 * of the store; messages that arrive elsewhere go to a log of it, and a bell tells the holder to read on.
 */
export class SseInboxes {
  readonly #sessions: SessionAdapter;
  readonly #fleet: Fleet;

  private constructor(sessions: SessionAdapter, fleet: Fleet) {
    this.#sessions = sessions;
    this.#fleet = fleet;
  }

  /** `undefined` where there is one instance only, or its sessions keep no values. */
  static over(sessions: SessionAdapter | undefined, fleet: Fleet | undefined): SseInboxes | undefined {
    if (sessions?.readValue === undefined || sessions.writeValue === undefined) return undefined;
    return fleet && new SseInboxes(sessions, fleet);
  }

  /** @throws HttpError 503 when no more sessions can be opened */
  async open(principal: Principal | undefined, protocolVersion: string): Promise<SseInbox> {
    const id = this.#sessions.generateSessionId();
    try {
      await this.#sessions.create(id, {
        protocolVersion,
        principal: principalKey(principal),
        ...(principal?.tenant !== undefined && { tenant: principal.tenant }),
      });
    } catch (error) {
      if (!(error instanceof SessionLimitError)) throw error;
      throw new HttpError(503, error.message, { headers: [["retry-after", "1"]] });
    }
    const begin = (await this.#sessions.openStream?.(id, INBOX)) ?? (await this.#append(id, null));
    await this.#sessions.writeValue?.(id, HOLDER, this.#fleet.instanceId, 0);
    return new SseInbox(this.#sessions, id, begin);
  }

  /** Leaves a message for the holder of a stream; `false` when the principal has no such stream, or its holder is dead. */
  async post(id: string, principal: Principal | undefined, message: unknown): Promise<boolean> {
    const [session, holder] = await Promise.all([
      this.#sessions.get(id),
      this.#sessions.readValue?.(id, HOLDER),
    ]);
    if (session === undefined || (session.meta.principal ?? "") !== principalKey(principal)) return false;
    if (typeof holder?.value !== "string") return false;
    if (!(await this.#fleet.isAlive(holder.value))) {
      await this.#sessions.delete(id);
      return false;
    }
    if ((await this.#append(id, message)) === undefined) return false;
    this.#fleet.ring({ bell: "posted", session: id });
    return true;
  }

  #append(id: string, message: unknown) {
    return this.#sessions.appendEvent(id, INBOX, { message });
  }
}

/** What the client of one event stream has posted elsewhere. */
export class SseInbox {
  readonly id: string;
  readonly #sessions: SessionAdapter;
  #last: string | undefined;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(sessions: SessionAdapter, id: string, begin: string | undefined) {
    this.#sessions = sessions;
    this.id = id;
    this.#last = begin;
  }

  /** Takes, in order and each once, what has come since. Rejects when the session has ended, or messages were lost. */
  look(take: (message: unknown) => void): Promise<void> {
    this.#again = true;
    this.#reading ??= this.#read(take).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(take: (message: unknown) => void): Promise<void> {
    while (this.#again && this.#last !== undefined) {
      this.#again = false;
      await this.#sessions.replay(this.id, this.#last, (eventId, event) => {
        this.#last = eventId;
        take((event as { readonly message: unknown }).message);
      });
    }
  }

  /** Whether the session goes on; using it lets it live longer. */
  async goesOn(): Promise<boolean> {
    return (await this.#sessions.get(this.id)) !== undefined;
  }

  async close(): Promise<void> {
    await this.#sessions.delete(this.id);
  }
}
