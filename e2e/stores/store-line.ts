// A store at the other end of a channel.
import {
  ClientRequestTimeoutError,
  EventsGoneError,
  type SessionAdapter,
  SessionLimitError,
  type Store,
  StoreUnavailableError,
} from "slipway";
import { sqliteStore } from "slipway/sqlite";
import type { EventBusUnderTest } from "slipway/testing";

const METHODS = {
  sessions:
    "create has get appendEvent replay delete openStream closeStream updateState readValue writeValue beginCall getCall " +
    "saveCall answerCall claimCall appendCallEvent endCall answeredCalls",
  clientRequests: "resolvePending rejectPending",
  bus: "publish isAlive",
  tasks: "create get list claim working save describe ask answer answers finish cancel",
  handles: "create read write delete",
  journals: "put get",
} as const;

const ERRORS = new Map<string, new (message?: string) => Error>(
  Object.entries({ ClientRequestTimeoutError, EventsGoneError, SessionLimitError, StoreUnavailableError }),
);

/** One value; none for `undefined`, which not every channel can carry. */
type Boxed = readonly [] | readonly [unknown];

export interface Request {
  readonly call: number;
  readonly port: keyof Store | "";
  readonly method: string;
  readonly args: readonly Boxed[];
}

/** That a function which was called has ended. */
export interface Reply {
  readonly reply: number;
  readonly error?: string | undefined;
}

/** What the end that has the store says. */
export type Message =
  | { readonly call: number; readonly value: Boxed }
  | { readonly call: number; readonly error: { readonly name: string; readonly message: string } }
  | { readonly callback: number; readonly reply: number; readonly args: readonly unknown[] };

/** The end that has no store. */
export interface Channel {
  readonly connected: boolean;
  send(message: Request | Reply): void;
  onMessage(listener: (message: Message) => void): void;
  onEnd(listener: () => void): void;
}

/** What a store says of itself at the beginning. */
export interface Hello {
  readonly instanceId: string;
  readonly deadAfterMs: number;
}

/** A store that can be killed. */
export interface RemoteStore extends Store {
  readonly bus: EventBusUnderTest;
  kill(): Promise<void>;
}

/** The store at the other end. */
export function storeAt(
  channel: Channel,
  hello: Hello,
  faults: { kill(): Promise<void>; interrupt?(): Promise<void> },
): RemoteStore {
  const line = new Line(channel);
  const port = (name: keyof typeof METHODS) =>
    Object.fromEntries(
      METHODS[name]
        .split(" ")
        .map((method) => [method, (...args: unknown[]) => line.call(name, method, args)] as const),
    );
  const { kill, interrupt } = faults;
  return {
    sessions: {
      ...port("sessions"),
      generateSessionId: () => crypto.randomUUID(),
      streamOf: (eventId: string) => streams.sessions.streamOf?.(eventId),
    } as unknown as SessionAdapter,
    clientRequests: {
      ...port("clientRequests"),
      createPending: (...args: unknown[]) => {
        const { promise: ready, resolve } = deferred();
        const promise = line.call("clientRequests", "createPending", [...args, () => resolve(undefined)]);
        promise.catch(resolve);
        return { promise, ready: ready.then(() => {}) };
      },
    } as unknown as Store["clientRequests"],
    bus: {
      ...port("bus"),
      ...hello,
      subscribe: async (...listeners: unknown[]) => {
        const stop = await line.call("bus", "subscribe", listeners);
        // What a dead one has begun has ended.
        return async () => void (channel.connected && (await line.call("", "stop", [stop])));
      },
      crash: kill,
      ...(interrupt && { interrupt }),
    } as unknown as EventBusUnderTest,
    tasks: port("tasks") as unknown as Store["tasks"],
    handles: port("handles") as unknown as Store["handles"],
    journals: port("journals") as unknown as Store["journals"],
    ready: async () => void (await line.call("", "ready", [])),
    ping: async () => void (await line.call("", "ping", [])),
    close: async () => void (await line.call("", "close", [])),
    kill,
  };
}

/** Reads event ids, which are the same for all that have an SQLite database, at once. */
const streams = sqliteStore(":memory:");

interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function deferred(): Deferred {
  let settle: Pick<Deferred, "resolve" | "reject"> | undefined;
  const promise = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Pick<Deferred, "resolve" | "reject">) };
}

/** Calls functions of the other end, and lets it call some of this one. */
class Line {
  readonly #channel: Channel;
  readonly #calls = new Map<number, Deferred>();
  readonly #callbacks = new Map<number, (...args: unknown[]) => unknown>();
  #count = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onMessage((message) => void this.#take(message));
    channel.onEnd(() => {
      for (const { reject } of this.#calls.values()) reject(new Error("What had the store has died."));
      this.#calls.clear();
    });
  }

  call(port: Request["port"], method: string, args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#count;
    if (!this.#channel.connected) return Promise.reject(new Error("What had the store has died."));
    const outcome = deferred();
    this.#calls.set(call, outcome);
    this.#channel.send({ call, port, method, args: args.map((arg) => this.#sent(arg)) });
    return outcome.promise;
  }

  #sent(arg: unknown): Boxed {
    if (arg === undefined) return [];
    if (arg instanceof Error) return [{ failure: arg.message }];
    if (typeof arg !== "function") return [arg];
    const callback = ++this.#count;
    this.#callbacks.set(callback, arg as (...args: unknown[]) => unknown);
    return [{ callback }];
  }

  async #take(message: Message): Promise<void> {
    if ("callback" in message) {
      let error: string | undefined;
      try {
        await this.#callbacks.get(message.callback)?.(...message.args);
      } catch (thrown) {
        error = String(thrown);
      }
      if (this.#channel.connected) this.#channel.send({ reply: message.reply, error });
      return;
    }
    const outcome = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ("value" in message) outcome?.resolve(message.value[0]);
    else outcome?.reject(new (ERRORS.get(message.error.name) ?? Error)(message.error.message));
  }
}
