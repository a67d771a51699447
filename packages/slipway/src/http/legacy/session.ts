import type { SessionChange, SessionData, SessionState } from "../../ports/index.ts";
import { type Revision, revisionOf, UNDECLARED_REVISION } from "../../protocol/eras/index.ts";
import type { JsonRpcMessage, RequestId } from "../../protocol/jsonrpc.ts";
import type { LoggingLevel } from "../../protocol/types.ts";
import {
  type Call,
  type CallSession,
  Client,
  type Heartbeat,
  type Opening,
  type SessionValues,
} from "../../server/index.ts";
import type { EventStream } from "./event-stream.ts";
import type { Tail } from "./tail.ts";

/** Marks the ids of streams that a client opened to listen, not to be answered. */
export const STANDALONE = "g";
export const ANSWERING = "p";

// Shared, so that a session that only listens takes little memory.
const NO_STATE: SessionState = {};
const NO_TAILS: ReadonlyMap<string, Tail> = new Map();

/** What a session asks of those who keep it. */
interface SessionKeeper {
  updateState(id: string, state: SessionState, change: SessionChange): void | Promise<void>;
  retain(session: LiveSession): LiveSession;
  release(session: LiveSession): void;
  valuesOf(id: string): SessionValues | undefined;
  opening(id: string): Opening | undefined;
}

/** What this process holds of a session while it has streams or calls here. */
export class LiveSession implements CallSession {
  readonly id: string;
  readonly revision: Revision;
  readonly client: Client;
  readonly principal: string;
  readonly openedAt: number | undefined;
  readonly #sessions: SessionKeeper;
  // Made when needed: most requests begin and end without either.
  #streams: Map<string, EventStream> | undefined;
  #calls: Map<RequestId, Set<Call>> | undefined;
  #tails: Map<string, Tail> | undefined;
  #state: SessionState;
  #heartbeat: Heartbeat | undefined;
  #lost: AbortController | undefined;
  #ended = false;

  constructor(id: string, data: SessionData, sessions: SessionKeeper) {
    this.id = id;
    this.revision = revisionOf(data.meta.protocolVersion) ?? UNDECLARED_REVISION;
    this.client = new Client(this.revision, data.meta.clientInfo, data.meta.clientCapabilities);
    this.principal = data.meta.principal ?? "";
    this.openedAt = data.meta.openedAt;
    this.#sessions = sessions;
    this.#state = data.state ?? NO_STATE;
  }

  /** Takes over what the store says now; another machine may have changed it. */
  refresh(data: SessionData): void {
    if (data.state !== undefined) this.#state = data.state;
  }

  get logLevel(): LoggingLevel | undefined {
    return this.#state.logLevel;
  }

  setLogLevel(logLevel: LoggingLevel): void | Promise<void> {
    return this.#update({ ...this.#state, logLevel }, { logLevel });
  }

  get watching(): number {
    return this.watched.length;
  }

  subscribe(uri: string): void | Promise<void> {
    const subscriptions = new Set(this.#state.subscriptions).add(uri);
    return this.#update({ ...this.#state, subscriptions: [...subscriptions] }, { subscribe: uri });
  }

  unsubscribe(uri: string): void | Promise<void> {
    const subscriptions = (this.#state.subscriptions ?? []).filter((other) => other !== uri);
    return this.#update({ ...this.#state, subscriptions }, { unsubscribe: uri });
  }

  get values(): SessionValues | undefined {
    return this.#sessions.valuesOf(this.id);
  }

  isSubscribed(uri: string): boolean {
    return this.#state.subscriptions?.includes(uri) ?? false;
  }

  #update(state: SessionState, change: SessionChange): void | Promise<void> {
    this.#state = state;
    return this.#sessions.updateState(this.id, state, change);
  }

  /** The one object that stands for the session while something of it is open here. */
  retained(): LiveSession {
    return this.#sessions.retain(this);
  }

  get streams(): Map<string, EventStream> {
    this.#streams ??= new Map();
    return this.#streams;
  }

  /** Connections to streams whose events another machine appends, by the streams' ids. */
  get tails(): ReadonlyMap<string, Tail> {
    return this.#tails ?? NO_TAILS;
  }

  /** Puts `tail` in the place of another one of the stream. */
  follow(streamId: string, tail: Tail): void {
    this.#tails ??= new Map();
    this.#tails.get(streamId)?.stop();
    this.#tails.set(streamId, tail);
  }

  /** Forgets the stream's tail, or this one where it still is the stream's. */
  unfollow(streamId: string, tail = this.#tails?.get(streamId)): void {
    if (this.#tails?.get(streamId) === tail) this.#tails?.delete(streamId);
  }

  /** The instance where the client listens on a newer stream than any here, and so is told there. */
  listensAt: string | undefined;

  get watched(): readonly string[] {
    return this.#state.subscriptions ?? [];
  }

  get #listening(): EventStream[] {
    return [...this.streams.values()].filter((stream) => stream.id.startsWith(STANDALONE));
  }

  /** Sends a message that belongs to no call, on one of the streams that the client listens on. */
  tell(message: JsonRpcMessage): void {
    if (this.listensAt !== undefined) return;
    const listening = this.#listening;
    const stream = listening.findLast((candidate) => candidate.connected) ?? listening.at(-1);
    void stream?.send(message);
  }

  /** The same, where there is a connection for it; `false` where there is none. */
  tellNow(message: JsonRpcMessage): boolean {
    const stream = this.#listening.findLast((candidate) => candidate.connected);
    void stream?.send(message);
    return stream !== undefined;
  }

  /** The client listens from now on. */
  listen(makeHeartbeat: () => Heartbeat | undefined): void {
    this.#heartbeat ??= makeHeartbeat();
  }

  /** The client has said something. */
  heard(): void {
    this.#heartbeat?.heard();
  }

  /** The client seems to have gone: what waits for it stops, until it comes back. */
  lose(reason: Error): void {
    this.#heartbeat = undefined;
    for (const stream of this.#listening) stream.cut();
    this.#lost?.abort(reason);
    this.#lost = undefined;
  }

  /** Fires when the client seems to have gone. */
  get lost(): AbortSignal {
    this.#lost ??= new AbortController();
    return this.#lost.signal;
  }

  /** The time in which the client may not be asked anything yet. */
  get opening(): Opening | undefined {
    return this.#sessions.opening(this.id);
  }

  begin(call: Call): void {
    this.#calls ??= new Map();
    const same = this.#calls.get(call.id);
    if (same === undefined) this.#calls.set(call.id, new Set([call]));
    else same.add(call);
  }

  finish(call: Call): void {
    const same = this.#calls?.get(call.id);
    same?.delete(call);
    if (same?.size === 0) this.#calls?.delete(call.id);
    this.releaseIfIdle();
  }

  cancel(id: RequestId, stop: (call: Call) => void): void {
    for (const call of this.#calls?.get(id) ?? []) stop(call);
  }

  /** Calls that are being served here ask for the roots anew. */
  rootsChanged(): void {
    for (const calls of this.#calls?.values() ?? []) for (const call of calls) call.roots = undefined;
  }

  remove(stream: EventStream): void {
    if (this.streams.get(stream.id) === stream) this.streams.delete(stream.id);
    this.releaseIfIdle();
  }

  releaseIfIdle(): void {
    if (this.#streams?.size || this.#calls?.size || this.tails.size > 0) return;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#sessions.release(this);
  }

  /** Whether the session is over, for those who still hold it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Ends everything that is open here. */
  end(): void {
    this.#ended = true;
    this.#heartbeat?.stop();
    for (const calls of this.#calls?.values() ?? []) {
      for (const call of calls) {
        call.abort(new Error("The session ended."));
        call.onCancel?.();
      }
    }
    for (const stream of this.#streams?.values() ?? []) stream.end();
    for (const tail of this.tails.values()) tail.stop();
    this.#tails = undefined;
    this.#streams = undefined;
    this.#calls = undefined;
    this.#sessions.release(this);
  }
}
