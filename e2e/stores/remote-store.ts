import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  ClientRequestTimeoutError,
  EventsGoneError,
  type SessionAdapter,
  SessionLimitError,
  type Store,
  StoreUnavailableError,
} from "slipway";
import { sqliteStore } from "slipway/sqlite";
import type { ContractSettings, EventBusUnderTest } from "slipway/testing";

const PROGRAM = fileURLToPath(new URL("./store-process.ts", import.meta.url));

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

/** A store in a process of its own, which can be killed. */
export interface RemoteStore extends Store {
  readonly bus: EventBusUnderTest;
  kill(): Promise<void>;
}

export async function remoteStore(
  kind: "sqlite" | "postgres",
  place: string,
  settings: ContractSettings & { schema?: string } = {},
): Promise<RemoteStore> {
  const child = fork(PROGRAM, [kind, place, JSON.stringify(settings)], { serialization: "advanced" });
  const [hello] = (await once(child, "message")) as [{ instanceId: string; deadAfterMs: number }];
  const line = new Line(child);
  const port = (name: keyof typeof METHODS) =>
    Object.fromEntries(
      METHODS[name]
        .split(" ")
        .map((method) => [method, (...args: unknown[]) => line.call(name, method, args)] as const),
    );
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
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
        // What a dead process has begun has ended.
        return async () => void (child.connected && (await line.call("", "stop", [stop])));
      },
      crash: kill,
    } as unknown as EventBusUnderTest,
    tasks: port("tasks") as unknown as Store["tasks"],
    handles: port("handles") as unknown as Store["handles"],
    journals: port("journals") as unknown as Store["journals"],
    ready: async () => void (await line.call("", "ready", [])),
    close: async () => void (await line.call("", "close", [])),
    kill,
  };
}

/** Reads event ids, which are the same for all processes, at once. */
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

type Message =
  | { call: number; value?: unknown; error?: { name: string; message: string } }
  | { callback: number; reply: number; args: unknown[] };

/** Calls functions of the other process, and lets it call some of this one. */
class Line {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, Deferred>();
  readonly #callbacks = new Map<number, (...args: unknown[]) => unknown>();
  #count = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: Message) => void this.#take(message));
    child.on("exit", () => {
      for (const { reject } of this.#calls.values()) reject(new Error("The process of the store has died."));
      this.#calls.clear();
    });
  }

  call(port: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#count;
    if (!this.#child.connected) return Promise.reject(new Error("The process of the store has died."));
    const outcome = deferred();
    this.#calls.set(call, outcome);
    this.#child.send({ call, port, method, args: args.map((arg) => this.#sent(arg)) });
    return outcome.promise;
  }

  #sent(arg: unknown): unknown {
    if (typeof arg !== "function") return arg;
    const callback = ++this.#count;
    this.#callbacks.set(callback, arg as (...args: unknown[]) => unknown);
    return { callback };
  }

  async #take(message: Message): Promise<void> {
    if ("callback" in message) {
      let error: string | undefined;
      try {
        await this.#callbacks.get(message.callback)?.(...message.args);
      } catch (thrown) {
        error = String(thrown);
      }
      if (this.#child.connected) this.#child.send({ reply: message.reply, error });
      return;
    }
    const outcome = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    const { error } = message;
    if (error === undefined) outcome?.resolve(message.value);
    else outcome?.reject(new (ERRORS.get(error.name) ?? Error)(error.message));
  }
}
