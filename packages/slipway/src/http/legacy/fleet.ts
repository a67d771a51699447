import type { BusMessage, EventBus } from "../../ports/index.ts";
import type { Params, RequestId } from "../../protocol/jsonrpc.ts";
import type { Change, Logger, ServerCore, TaskBell } from "../../server/index.ts";

/** What instances tell each other: where to look, not what is there. */
export type Bell =
  /** Something that clients may want to know has changed. */
  | { readonly bell: "change"; readonly server: string; readonly by: string; readonly change: Change }
  /** A stream has events that its connection, wherever it is, has not got. */
  | {
      readonly bell: "events";
      readonly session: string;
      readonly stream: string;
      /** When the event was appended, in milliseconds since 1970. */
      readonly at?: number;
    }
  /** A client has come back for a stream, at the instance `by`. */
  | { readonly bell: "resumed"; readonly session: string; readonly stream: string; readonly by: string }
  /** A client listens on a new stream, at the instance `by`; or on none there any more. */
  | { readonly bell: "listening"; readonly session: string; readonly by: string; readonly open: boolean }
  | {
      readonly bell: "cancelled";
      readonly session: string;
      readonly request: RequestId;
      readonly params: Params;
    }
  /** The client of a session that was just opened says that it is ready. */
  | { readonly bell: "ready"; readonly session: string }
  /** The session's log level or subscriptions have changed. */
  | { readonly bell: "state"; readonly session: string; readonly by: string }
  | { readonly bell: "ended"; readonly session: string }
  /** An instance has left work that others can go on with. */
  | { readonly bell: "left" }
  /** A client of HTTP+SSE has posted something to an instance that does not hold its stream. */
  | { readonly bell: "posted"; readonly session: string }
  | TaskBell;

export interface Listener {
  hear(bell: Bell): void;
  /** Bells may have been lost: look everywhere. */
  missed(): void;
}

/** Servers whose changes are carried to a bus already, however many transports serve them over it. */
const carried = new WeakMap<ServerCore, WeakSet<EventBus>>();

/** A bus carries small messages: a URI longer than this is told of as a change of the whole list. */
const MAX_URI_LENGTH = 1_000;

function bounded(change: Change): Change {
  const long =
    change.method === "notifications/resources/updated" && change.params.uri.length > MAX_URI_LENGTH;
  return long ? { method: "notifications/resources/list_changed", params: undefined } : change;
}

/** A call that an instance has, or may have, and does not serve. */
interface Orphan {
  readonly sessionId: string;
  readonly streamId: string;
  /** How often it is yet to be looked whether the store has it: what that was asked for it may do late. */
  looks: number;
}

const LOOKS = 5;

/** The owner of what was left to whoever comes first: no instance has this name. */
export const NOBODY = "nobody";

/** Names of what this process serves: what a store has as its own besides is nobody's. */
const served = new Set<string>();
let owners = 0;

/** This instance among those that serve one store. */
export class Fleet {
  readonly #bus: EventBus;
  readonly #core: ServerCore;
  readonly #name: string;
  readonly #logger: Logger;
  /** By the owners under which the store may have them. */
  readonly orphans = new Map<string, Orphan>();
  #stop: Promise<(() => void | Promise<void>) | undefined> | undefined;
  #stopCarrying = () => {};

  /** @param name tells the server's changes from those of others */
  constructor(bus: EventBus, core: ServerCore, name: string) {
    this.#bus = bus;
    this.#core = core;
    this.#name = name;
    this.#logger = core.logger;
  }

  get instanceId(): string {
    return this.#bus.instanceId;
  }

  get deadAfterMs(): number {
    return this.#bus.deadAfterMs;
  }

  /** Names this instance as the owner of one call, unlike any it has named before: what was lost is not its own again. */
  newOwner(): string {
    const owner = `${this.#bus.instanceId}/${++owners}`;
    served.add(owner);
    return owner;
  }

  /**
   * What the owner has, or may have, is not served any more: it counts as dead here.
   * @param call what it may have
   */
  disown(owner: string, call?: Omit<Orphan, "looks">): void {
    served.delete(owner);
    if (call !== undefined) this.orphans.set(owner, { ...call, looks: LOOKS });
  }

  /** Whether an instance lives, and still serves what it owns under this name. */
  isAlive(owner: string): boolean | Promise<boolean> {
    const [instanceId = owner, call] = owner.split("/");
    if (instanceId === this.#bus.instanceId) return !call || served.has(owner);
    return this.#bus.isAlive(instanceId);
  }

  start(listener: Listener): void {
    const hear = (message: BusMessage) => {
      const bell = message as unknown as Bell;
      if (bell.bell === "change") this.#changed(bell);
      else listener.hear(bell);
    };
    this.#stop = Promise.resolve(this.#bus.subscribe(hear, () => listener.missed())).catch((error) => {
      this.#logger.error("This instance cannot hear the others; their events reach it late.", error);
      return undefined;
    });
    this.#carryChanges();
  }

  ring(bell: Bell): void {
    void this.rung(bell);
  }

  /** Rings, and waits until the others can hear it, or it has failed. */
  async rung(bell: Bell): Promise<void> {
    try {
      await this.#bus.publish(bell as unknown as BusMessage);
    } catch (error) {
      this.#logger.warn(`A doorbell (${bell.bell}) could not be rung.`, error);
    }
  }

  #carryChanges(): void {
    const buses = carried.get(this.#core) ?? new WeakSet();
    if (buses.has(this.#bus)) return;
    carried.set(this.#core, buses.add(this.#bus));
    const server = this.#name;
    const stop = this.#core.changes.subscribe((change, from) => {
      if (from === undefined)
        this.ring({ bell: "change", server, by: this.instanceId, change: bounded(change) });
    });
    this.#stopCarrying = () => {
      stop();
      buses.delete(this.#bus);
    };
  }

  #changed({ server, by, change }: Extract<Bell, { bell: "change" }>): void {
    if (server === this.#name && by !== this.instanceId) this.#core.changes.publish(change, by);
  }

  /** @param left whether others can go on with something: they are told once this instance counts as dead */
  async stop(left: boolean): Promise<void> {
    this.#stopCarrying();
    const stop = await this.#stop;
    await stop?.();
    if (left) await this.rung({ bell: "left" });
  }
}
