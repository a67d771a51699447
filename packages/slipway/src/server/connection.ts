import { type ClientRequestAdapter, ClientRequestTimeoutError, type Principal } from "../ports/index.ts";
import {
  type Ask,
  declaredVersion,
  isImplementation,
  type Revision,
  readEnvelope,
  UNDECLARED_REVISION,
} from "../protocol/eras/index.ts";
import { invalidParams, invalidRequest, RpcError } from "../protocol/errors.ts";
import {
  batchProblem,
  classifyMessage,
  isObject,
  isRequestId,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  type Params,
  type RequestId,
} from "../protocol/jsonrpc.ts";
import type { ClientCapabilities, LoggingLevel } from "../protocol/types.ts";
import { askClient } from "./ask-client.ts";
import { type AskOptions, Call, type CallSession, type Outlet, type RequestView } from "./call.ts";
import { cancelCall } from "./cancellation.ts";
import type { Change } from "./changes.ts";
import { Client } from "./client.ts";
import type { ServerCore } from "./core.ts";
import { encodeError, encodeListenEnd, encodeResponse, textOf } from "./encode.ts";
import { interrupted } from "./failure.ts";
import { Heartbeat, type PingSettings } from "./heartbeat.ts";
import { Opening } from "./opening.ts";
import type { Outcome } from "./outcome.ts";
import { randomId } from "./random-id.ts";
import type { Continuation } from "./run.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { TaskChange } from "./tasks/index.ts";

/**
 * What a sender may do with a message when much waits for a slow reader: it must be kept, equal ones may wait
 * as one, or it may be left out.
 */
export type Overflow = "keep" | "merge" | "drop";

export interface ConnectionInit {
  readonly core: ServerCore;
  readonly continuation: Continuation;
  /** Serves a call. */
  readonly dispatch: (call: Call) => Outcome | Promise<Outcome>;
  readonly clientRequests: ClientRequestAdapter;
  /** Sends one message. A promise comes back only when the reader is slow. */
  readonly send: (json: string, overflow: Overflow) => void | Promise<void>;
  /** How many requests are served at once; further ones are refused. Default: no bound. */
  readonly maxCalls?: number;
  readonly principal?: Principal | undefined;
  /** The session's id, where the connection has one that others know. */
  readonly sessionId?: string | undefined;
  /** Whether requests without handshake are served too. Default: true. */
  readonly modern?: boolean;
  /** Is told of each message that is refused before it is served. */
  readonly refused?: ((error: RpcError) => void) | undefined;
  /** How clients that opened with a handshake are asked whether they are still there. Default: not at all. */
  readonly ping?: PingSettings;
  /** Called when such a client has gone. */
  readonly lost?: () => void;
}

/**
 * A client at the other end of one duplex channel, on which every message travels: stdio, and HTTP+SSE of
 * 2024-11-05. The connection is the session of clients that open with a handshake.
 */
export class Connection implements CallSession {
  readonly id: string | undefined;
  readonly #init: ConnectionInit;
  /** Keeps the answers of one connection from being taken for another's. */
  readonly #channel: string;
  readonly #calls = new Map<RequestId, Call>();
  readonly #listening = new Map<RequestId, () => void>();
  readonly #subscriptions: Subscriptions;
  readonly #watched = new Set<string>();
  #revision: Revision | undefined;
  #client: Client | undefined;
  #logLevel: LoggingLevel | undefined;
  #unsubscribe: (() => void) | undefined;
  /** Tasks that were made here and have not ended. */
  readonly #tasks = new Set<string>();
  #stopTasks: (() => void) | undefined;
  #opening: Opening | undefined;
  #heartbeat: Heartbeat | undefined;
  #closed = false;
  #deaf = false;
  #refusing: RpcError | undefined;
  readonly #asking = new Set<AbortController>();

  constructor(init: ConnectionInit) {
    this.#init = init;
    this.id = init.sessionId;
    this.#channel = init.sessionId ?? randomId();
    this.#subscriptions = new Subscriptions(init.core.changes);
  }

  get logLevel(): LoggingLevel | undefined {
    return this.#logLevel;
  }

  setLogLevel(level: LoggingLevel): void {
    this.#logLevel = level;
  }

  get watching(): number {
    return this.#watched.size;
  }

  subscribe(uri: string): void {
    this.#watched.add(uri);
  }

  unsubscribe(uri: string): void {
    this.#watched.delete(uri);
  }

  /** Calls that are being served. */
  get working(): number {
    return this.#calls.size;
  }

  /** Questions that wait for the client's answer. */
  get waiting(): number {
    return this.#asking.size;
  }

  /** Takes what the client sent; answers go out by `send`. Resolves when it has been served. */
  async receive(message: unknown, request?: RequestView): Promise<void> {
    this.#heartbeat?.heard();
    if (Array.isArray(message)) return this.#batch(message, request);
    const answer = await this.#take(message, request);
    if (answer !== undefined) await this.#send(answer, "keep");
  }

  async #batch(messages: readonly unknown[], request: RequestView | undefined): Promise<void> {
    const problem =
      this.#revision?.batches === true
        ? batchProblem(messages)
        : "Batches are not part of this client's revision: send one message.";
    if (problem !== undefined) return this.refuse(invalidRequest(problem));
    const answers = await Promise.all(messages.map((message) => this.#take(message, request)));
    const texts = answers.filter((answer) => answer !== undefined);
    if (texts.length > 0) await this.#send(`[${texts.join(",")}]`, "keep");
  }

  async #take(message: unknown, request: RequestView | undefined): Promise<string | undefined> {
    const kind = classifyMessage(message);
    if (typeof kind !== "string") {
      const text = this.#refused(kind.id, invalidRequest(`Not a JSON-RPC message: ${kind.reason}.`));
      return kind.notification ? undefined : text;
    }
    if (kind === "notification") return this.#notified(message as JsonRpcNotification);
    if (kind === "response") return this.#answered(message as JsonRpcResponse);
    const { id, method } = message as JsonRpcRequest;
    try {
      const call = this.#callOf(message as JsonRpcRequest, request);
      this.#calls.set(id, call);
      const outcome = await this.#init.dispatch(call);
      this.#calls.delete(id);
      return this.#finish(call, method, outcome);
    } catch (error) {
      if (error instanceof RpcError) return this.#refused(id, error);
      throw error;
    }
  }

  #callOf(message: JsonRpcRequest, request: RequestView | undefined): Call {
    const { id, method, params } = message;
    if (this.#calls.has(id) || this.#listening.has(id)) {
      throw invalidRequest("A request with this id is being served already; ids must be unique.");
    }
    if (this.#refusing !== undefined) throw this.#refusing;
    const { principal, modern = true, maxCalls = Number.POSITIVE_INFINITY } = this.#init;
    if (this.#calls.size + this.#listening.size >= maxCalls) {
      throw invalidRequest(`${maxCalls} requests are being served already. Wait until one has ended.`, 503);
    }
    const common = { id, method, params, principal, request, listens: true };
    const { revisions } = this.#init.core;
    // After a handshake, what names no version speaks the one that was negotiated.
    const settled = this.#client !== undefined && declaredVersion(params) === undefined;
    const revision =
      modern && !settled ? revisions.classify(method, declaredVersion(params), undefined) : "legacy";
    if (revision !== "legacy") {
      const { clientInfo, clientCapabilities, logLevel } = readEnvelope(params);
      const client = new Client(revision, clientInfo, clientCapabilities);
      return new Call({ ...common, revision, client, logLevel, outlet: { notify: this.#notify } });
    }
    if (method === "initialize") this.#open(params);
    else if (this.#client === undefined && method !== "ping") {
      throw modern ? withoutVersion(params, revisions.handshakes) : invalidRequest("Send initialize first.");
    }
    const spoken = this.#revision ?? UNDECLARED_REVISION;
    const client = this.#client ?? new Client(spoken, undefined, undefined);
    const outlet: Outlet = { notify: this.#notify, ask: (ask, options) => this.#ask(ask, options) };
    return new Call({ ...common, revision: spoken, client, outlet, session: this });
  }

  #open(params: Params | undefined): void {
    const version = params?.["protocolVersion"];
    if (typeof version !== "string") throw invalidParams(`"protocolVersion" must be a string.`);
    if (this.#client !== undefined) throw invalidRequest("This connection is initialized already.");
    const revision = this.#init.core.revisions.negotiate(version);
    const info = params?.["clientInfo"];
    const capabilities = params?.["capabilities"];
    this.#revision = revision;
    this.#client = new Client(
      revision,
      isImplementation(info) ? info : undefined,
      isObject(capabilities) ? (capabilities as ClientCapabilities) : undefined,
    );
  }

  #finish(call: Call, method: string, outcome: Outcome): string | undefined {
    const failed = outcome.kind === "error";
    if (method === "initialize" && call.revision.handshake) {
      if (failed) {
        this.#client = undefined;
        this.#revision = undefined;
      } else this.#begin();
    }
    if (call.aborted) return undefined;
    if (outcome.kind === "listen") return this.#listen(call, outcome);
    if (outcome.kind === "task" && outcome.created) this.#watch(call, outcome.task.id);
    return textOf(encodeResponse(this.#init.core, call.revision, call.id, outcome));
  }

  #begin(): void {
    const { core, ping, clientRequests } = this.#init;
    this.#opening = new Opening();
    this.#unsubscribe = core.changes.subscribe((change) => this.#tell(change));
    if (ping === undefined || ping.intervalMs === 0) return;
    this.#heartbeat = new Heartbeat({
      settings: ping,
      clientRequests,
      channel: this.#channel,
      send: (message) => {
        void this.#send(JSON.stringify(message), "keep");
        return true;
      },
      failed: (error) => this.#lose(error),
    });
  }

  #lose(error: Error): void {
    this.#init.core.logger.warn(`${error.message} The connection ${this.id ?? "(stdio)"} is closed.`);
    this.stopAsking(error);
    this.#init.lost?.();
  }

  #listen(call: Call, { filter }: Extract<Outcome, { kind: "listen" }>): undefined {
    const { id } = call;
    if (filter.taskIds !== undefined) this.#listenToTasks();
    if (!this.#closed) {
      this.#listening.set(
        id,
        this.#subscriptions.open(id, filter, (message) => void this.#send(message, "merge"), call.revision),
      );
    }
    return undefined;
  }

  /** From now on the client is told how a task is that it has made. */
  #watch({ revision }: Call, id: string): void {
    if (!revision.handshake) return;
    this.#tasks.add(id);
    this.#listenToTasks();
  }

  #listenToTasks(): void {
    if (this.#closed) return;
    this.#stopTasks ??= this.#init.continuation.tasks?.listen((change) => void this.#tellOfTask(change));
  }

  async #tellOfTask({ id, read }: TaskChange): Promise<void> {
    if (!this.#tasks.has(id) && !this.#subscriptions.watches(id)) return;
    try {
      const found = await read();
      if (found === undefined) return;
      this.#subscriptions.tellTask(found.task);
      const told = this.#tasks.has(id) ? this.#revision?.tasks?.notification(found.task) : undefined;
      if (told !== undefined) void this.tell({ jsonrpc: "2.0", ...told });
      if (!["working", "input_required"].includes(found.task.status)) this.#tasks.delete(id);
    } catch (error) {
      this.#init.core.logger.debug("A client could not be told how its task is.", error);
    }
  }

  tell(message: JsonRpcNotification): void | Promise<void> {
    return this.#send(JSON.stringify(message), "drop");
  }

  #tell(change: Change): void {
    const { method, params } = change;
    if (this.#opening?.over === false) return;
    if (method === "notifications/resources/updated" && !this.#watched.has(change.params.uri)) return;
    const message = { jsonrpc: "2.0", method, ...(params !== undefined && { params }) };
    void this.#send(JSON.stringify(message), "merge");
  }

  readonly #notify = (method: string, params: Params): void | Promise<void> =>
    this.#send(JSON.stringify({ jsonrpc: "2.0", method, params }), "drop");

  async #ask(ask: Ask, { timeoutMs, signal }: AskOptions): Promise<unknown> {
    const { clientRequests } = this.#init;
    if (this.#deaf) throw closedEnd();
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    this.#asking.add(stop);
    try {
      await this.#opening?.wait(either);
      either.throwIfAborted();
      const send = (message: JsonRpcMessage) => this.#send(JSON.stringify(message), "keep");
      return await askClient({ clientRequests, name: this.#channel, send }, ask, {
        timeoutMs,
        signal: either,
      });
    } finally {
      this.#asking.delete(stop);
    }
  }

  #notified({ method, params }: JsonRpcNotification): undefined {
    if (method === "notifications/initialized") this.#opening?.end();
    if (method === "notifications/roots/list_changed") {
      for (const call of this.#calls.values()) call.roots = undefined;
    }
    if (method !== "notifications/cancelled") return;
    const id = params?.["requestId"];
    if (!isRequestId(id)) return;
    const call = this.#calls.get(id);
    if (call !== undefined) cancelCall(call, params, this.#init.core.logger);
    this.#listening.get(id)?.();
    this.#listening.delete(id);
  }

  async #answered(response: JsonRpcResponse): Promise<undefined> {
    if (response.id === undefined) return;
    await this.#init.clientRequests.resolvePending(this.#channel, response.id, response);
  }

  /** Answers a message that could not be read. */
  async refuse(error: RpcError): Promise<void> {
    await this.#send(this.#refused(undefined, error), "keep");
  }

  /** The answer to what is refused. */
  #refused(id: RequestId | undefined, error: RpcError): string {
    this.#init.refused?.(error);
    return encodeError(this.#revision ?? UNDECLARED_REVISION, id, error);
  }

  #send(json: string, overflow: Overflow): void | Promise<void> {
    if (!this.#closed) return this.#init.send(json, overflow);
  }

  /** Ends the subscriptions in good order, with the completion that their clients wait for. */
  endSubscriptions(): void {
    for (const [id, stop] of this.#listening) {
      stop();
      const params = { requestId: id };
      // The same way as the notifications of the subscription, so that none comes after its end.
      void this.#send(JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params }), "merge");
      void this.#send(encodeListenEnd(this.#init.core, id), "merge");
    }
    this.#listening.clear();
  }

  /** Answers further requests with the error; what else the client sends is still taken. */
  refuseRequests(error: RpcError): void {
    this.#refusing = error;
  }

  /** The client will send nothing more: calls that wait for its answer stop. */
  stopAsking(reason: Error = closedEnd()): void {
    this.#deaf = true;
    this.#heartbeat?.stop();
    for (const stop of this.#asking) stop.abort(reason);
  }

  /** The other end has gone, or is to be left: everything that was for it stops. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#listening.values()) stop();
    this.#listening.clear();
    this.#unsubscribe?.();
    this.#stopTasks?.();
    this.#heartbeat?.stop();
    for (const call of this.#calls.values()) {
      void this.#init.send(encodeError(call.revision, call.id, interrupted()), "keep");
      call.abort(new Error("The connection was closed."));
    }
  }
}

/** Not a fault of the server, so that its log is told of none. */
function closedEnd(): ClientRequestTimeoutError {
  return new ClientRequestTimeoutError("The client closed its end.");
}

/** What is wrong with a request that neither says its version nor comes after a handshake. */
function withoutVersion(params: Params | undefined, handshakes: boolean): RpcError {
  try {
    readEnvelope(params);
  } catch (error) {
    if (error instanceof RpcError) {
      const { code, message } = error;
      return new RpcError(code, handshakes ? `${message}, unless initialize came before` : message);
    }
  }
  return invalidRequest("Send initialize first.");
}
