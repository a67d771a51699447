import type { HandleAdapter, Principal, Versioned } from "../ports/index.ts";
import type { Ask, Revision } from "../protocol/eras/index.ts";
import { progressTokenOf } from "../protocol/eras/index.ts";
import type { JsonRpcNotification, Params, RequestId } from "../protocol/jsonrpc.ts";
import type { LoggingLevel, Root } from "../protocol/types.ts";
import type { Client } from "./client.ts";
import { Journal, type JournalRecord } from "./journal.ts";
import type { Outcome } from "./outcome.ts";
import { Replay, type ReplayListener, type Suspension } from "./replay.ts";
import type { Tasks } from "./tasks/index.ts";

/** Headers and address of the HTTP request that carried a call; absent on stdio. */
export interface RequestView {
  readonly url: string;
  /** The address of the other end of the connection, where the runtime tells. */
  readonly remoteAddress: string | undefined;
  readonly headers: { get(name: string): string | null };
  /** A header as it came, also a credential that handlers do not see: for keeping it out of what is sent. */
  presented?(name: string): string | null;
}

export interface AskOptions {
  /** The name of the question in the call's journal. */
  readonly key: string;
  /** How long to wait for the answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** A task, to the call that it is. */
export interface RunningTask {
  readonly id: string;
  /** Sets the message that clients see with the task's status. */
  describe(message: string): Promise<void>;
  /** Keeps the task until its client has answered. */
  suspend(suspension: Suspension): Promise<Outcome>;
}

/** The ways out of a call, made by the transport that received it. */
export interface Outlet {
  /** Sends a notification on the response of the call. A promise comes back only when the reader is slow. */
  notify(method: string, params: Params): void | Promise<void>;
  /** Sends a question of its own and waits for the answer. Absent where questions travel in results. */
  ask?(ask: Ask, options: AskOptions): Promise<unknown>;
  /**
   * Keeps the call's journal, after each answer and step and before the handler goes on, so that another machine
   * can go on from there. Rejects when another machine already has. Absent where nobody could.
   */
  keep?(call: Call): void | Promise<void>;
  /**
   * Leaves a call that waits for its client to another machine, to which the client's answer will come; the call is
   * aborted then. `false` where no other could go on with it. Absent where questions travel in results.
   * @param last whether the client is cut off otherwise, so that it need not be sure to come back for the answer
   */
  handOver?(call: Call, last: boolean): Promise<boolean>;
  /** The task that the call is. Absent where a request waits for the call's end. */
  readonly task?: RunningTask;
  /** Closes the connection, not the stream, so that the client comes back with `Last-Event-ID`. */
  closeStream?(retryMs: number | undefined): void;
}

/** The session that a call belongs to, where its revision has sessions. */
export interface CallSession {
  /** The session's id; absent on connections that are a session by themselves (stdio). */
  readonly id: string | undefined;
  readonly logLevel: LoggingLevel | undefined;
  setLogLevel(level: LoggingLevel): void | Promise<void>;
  /** How many resources its client has subscribed to. */
  readonly watching: number;
  subscribe(uri: string): void | Promise<void>;
  unsubscribe(uri: string): void | Promise<void>;
  /** Sends what belongs to no request, if the client listens. */
  tell?(message: JsonRpcNotification): void | Promise<void>;
  /** What handlers keep in the session, where its adapter has room for it. */
  readonly values?: SessionValues | undefined;
}

export interface SessionValues {
  read(key: string): Versioned | undefined | Promise<Versioned | undefined>;
  /** `false` when the value's version is not `version` any more. */
  write(key: string, value: unknown, version: number): boolean | Promise<boolean>;
}

/** A question that is about to be sent, to whoever watches the call. */
export interface AskWatch {
  /** Goes with the question as its `_meta`. It is no part of what was asked: answers are found without it. */
  readonly meta?: Params | undefined;
  /** The wait for the answer is over. Not called where questions travel in results. */
  ended?(error?: unknown): void;
}

/** What watches one call: set by an observer before it serves the call. */
export interface CallWatch {
  /** Kept in the journal, so that the next run finds it: where the call was served before. */
  readonly trace?: string | undefined;
  /** The call goes on from what an earlier run has left. */
  continues?(trace: string): void;
  asking?(ask: Ask): AskWatch | undefined;
}

export interface CallInit {
  readonly revision: Revision;
  readonly method: string;
  readonly params: Params | undefined;
  readonly id: RequestId;
  readonly client: Client;
  readonly outlet: Outlet;
  readonly principal?: Principal | undefined;
  readonly session?: CallSession | undefined;
  readonly request?: RequestView | undefined;
  /** The least level that this request wants logged, where levels belong to requests. */
  readonly logLevel?: LoggingLevel | undefined;
  /** Whether the client can be told of changes outside of this call's response. */
  readonly listens?: boolean;
}

/** One request in neutral form: who calls, what, with which journal, and the ways out. */
export class Call {
  readonly revision: Revision;
  readonly method: string;
  readonly params: Params | undefined;
  readonly id: RequestId;
  readonly client: Client;
  readonly outlet: Outlet;
  readonly principal: Principal | undefined;
  readonly session: CallSession | undefined;
  readonly request: RequestView | undefined;
  readonly listens: boolean;
  readonly #logLevel: LoggingLevel | undefined;
  /** Set once the outcome is known: nothing more is sent for this call. */
  ended = false;
  state: { [key: string]: unknown } | undefined;
  /** What the client answered to `roots/list`, until it says that they changed. */
  roots: Promise<readonly Root[]> | undefined;
  lastProgress = Number.NEGATIVE_INFINITY;
  /** Once the call is suspended, its outcome, whatever the handler does afterwards. */
  suspension: Promise<Outcome> | undefined;
  /** Hears when the run comes to rest on questions, where it may be suspended. */
  replayListener: ReplayListener | undefined;
  /** Called once when the handler is told to stop, without a signal being made for that alone. */
  onStop: (() => void) | undefined;
  /** Ends the response of a call that its client has cancelled, though its handler may go on. */
  onCancel: (() => void) | undefined;
  /** The key of the tool, prompt, resource or template that it asks for, once that was found: bounded, unlike what is asked. */
  feature: string | undefined;
  /** Watches the call. */
  watch: CallWatch | undefined;
  /** Finds the correlation id when it is first needed. */
  correlate: ((call: Call) => string) | undefined;
  /** Takes what the handler emits, in place of the outlet. */
  pace: Outlet["notify"] | undefined;
  /** Where handles are kept, set by what runs the call. */
  handles: HandleAdapter | undefined;
  /** Makes a task of the call, from its journal; set where its handler says when. */
  detach: ((journal: JournalRecord) => void) | undefined;
  /** Where calls become tasks, set by what runs the call. */
  tasks: Tasks | undefined;
  #correlationId: string | undefined;
  #journal: Journal | undefined;
  #replay: Replay | undefined;
  #emitted = 0;
  #controller: AbortController | undefined;
  /** Questions to the client that are open, since when there are some, and for how long there were, in milliseconds. */
  #asks = 0;
  #asksSince = 0;
  #asked = 0;
  #aborted: { readonly reason: unknown } | undefined;
  #unwound: { readonly reason: unknown } | undefined;

  constructor(init: CallInit) {
    this.revision = init.revision;
    this.method = init.method;
    this.params = init.params;
    this.id = init.id;
    this.client = init.client;
    this.outlet = init.outlet;
    this.principal = init.principal;
    this.session = init.session;
    this.request = init.request;
    this.listens = init.listens ?? false;
    this.#logLevel = init.logLevel;
  }

  /** Finds what is logged of this call: made when it is first needed, unless an observer has set it, or knows it. */
  get correlationId(): string {
    this.#correlationId ??= this.correlate?.(this) ?? crypto.randomUUID();
    return this.#correlationId;
  }

  set correlationId(id: string) {
    this.#correlationId = id;
  }

  get journal(): Journal {
    this.#journal ??= new Journal();
    return this.#journal;
  }

  set journal(journal: Journal) {
    this.#journal = journal;
  }

  /** What the next run of its handler needs. */
  record(): JournalRecord {
    return this.journal.record(this.#emitted, this.watch?.trace);
  }

  /** Whether there is something in its journal. */
  get hasJournal(): boolean {
    return this.#journal !== undefined;
  }

  /** What lets its handler run again. Most calls end without it. */
  get replay(): Replay {
    this.#replay ??= new Replay(this, this.#journal?.settled);
    return this.#replay;
  }

  /** Whether all that its handler does is to wait for the client. */
  get rests(): boolean {
    return this.#replay?.rests ?? false;
  }

  /** The handler has ended: what it left behind goes on, but suspends nothing. */
  endReplay(): void {
    this.replayListener = undefined;
    this.#replay?.finish();
  }

  /** How often the handler has emitted something, on this run. */
  get emitted(): number {
    return this.#emitted;
  }

  /** Counts what the handler emits. False for what an earlier run has emitted, which is not sent again. */
  emits(): boolean {
    return this.#emitted++ >= (this.#journal?.emitted ?? 0);
  }

  get logLevel(): LoggingLevel | undefined {
    return this.revision.logLevelPerRequest ? this.#logLevel : (this.session?.logLevel ?? "debug");
  }

  get progressToken(): RequestId | undefined {
    return progressTokenOf(this.params);
  }

  /** One question more, or less, waits for the client's answer. */
  asks(change: 1 | -1): void {
    this.#asked = this.askedMs;
    this.#asksSince = performance.now();
    this.#asks += change;
  }

  /** How many questions wait for the client's answer. */
  get waiting(): number {
    return this.#asks;
  }

  /** For how long the handler has waited for its client, in milliseconds. */
  get askedMs(): number {
    return this.#asks === 0 ? this.#asked : this.#asked + performance.now() - this.#asksSince;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined || this.#unwound !== undefined) this.#controller.abort(this.stopReason);
    }
    return this.#controller.signal;
  }

  /** Whether the call was given up: nothing more is sent for it, neither its outcome. */
  get aborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** Tells the handler to stop. Its answer, if it still gives one, is not sent. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#stop(reason);
  }

  /** Tells the handler of a suspended call to stop. The suspension is its answer. */
  unwind(reason: unknown): void {
    this.#unwound ??= { reason };
    this.#stop(reason);
  }

  #stop(reason: unknown): void {
    this.#controller?.abort(reason);
    const { onStop } = this;
    this.onStop = undefined;
    onStop?.();
  }

  /** Why the handler was told to stop. */
  get stopReason(): unknown {
    return (this.#aborted ?? this.#unwound)?.reason;
  }

  notify(method: string, params: Params): void | Promise<void> {
    if (this.ended || this.aborted || this.#unwound !== undefined) return;
    return this.pace === undefined ? this.outlet.notify(method, params) : this.pace(method, params);
  }
}
