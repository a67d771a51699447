import { type Principal, principalKey, SessionLimitError, type SessionMeta } from "../../ports/index.ts";
import { isImplementation, type Revision } from "../../protocol/eras/index.ts";
import { ERROR_CODES } from "../../protocol/errors.ts";
import {
  batchProblem,
  classifyMessage,
  isRequestId,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  type MessageKind,
  type Params,
  type RequestId,
} from "../../protocol/jsonrpc.ts";
import type { ClientCapabilities } from "../../protocol/types.ts";
import { Call, Client, cancelCall, type Outcome } from "../../server/index.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Exchange, Headers } from "../exchange.ts";
import { accepts } from "../guards.ts";
import { answering, HttpError } from "../http-error.ts";
import { requestView } from "../request-view.ts";
import type { Bell } from "./fleet.ts";
import { GetStreams } from "./get-streams.ts";
import { type CallKeeper, keepsCalls } from "./kept-call.ts";
import { LegacyResponse } from "./response.ts";
import type { LiveSession } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Takeover } from "./takeover.ts";

/** How long the handler of a cancelled call may take to end before its response ends without it, in milliseconds. */
const CANCELLED_MS = 100;

/** By how much the clocks of machines may differ, in milliseconds. */
const ANY_CLOCK_MS = 60_000;

/**
 * Streamable HTTP of the revisions with handshake.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class Legacy {
  readonly #endpoint: Endpoint;
  readonly #sessions: Sessions | undefined;
  readonly #keeper: CallKeeper | undefined;
  readonly #takeover: Takeover | undefined;
  readonly #streams: GetStreams | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    const { sessions: adapter, fleet } = endpoint;
    if (adapter === undefined) return;
    this.#sessions = new Sessions(adapter, endpoint);
    if (fleet !== undefined && keepsCalls(adapter)) {
      this.#keeper = adapter;
      this.#takeover = new Takeover(endpoint, this.#sessions, adapter, fleet);
    }
    this.#streams = new GetStreams(endpoint, this.#sessions, this.#takeover);
  }

  /** What another instance rings a bell for. */
  hear(bell: Bell): void {
    // Also what was answered a moment ago, by whatever clock.
    if (bell.bell === "left") void this.#takeover?.adopt(Date.now() + ANY_CLOCK_MS);
    if (bell.bell === "task" || !("session" in bell)) return;
    if (bell.bell === "ready") this.#sessions?.ready(bell.session);
    const session = this.#sessions?.live(bell.session);
    if (session === undefined) return;
    switch (bell.bell) {
      case "events":
        this.#streams?.look(session, bell.stream, bell.at);
        break;
      case "resumed":
        if (bell.by !== this.#endpoint.fleet?.instanceId) this.#streams?.leave(session, bell.stream);
        break;
      case "listening":
        if (bell.by === this.#endpoint.fleet?.instanceId) break;
        if (bell.open) session.listensAt = bell.by;
        else if (session.listensAt === bell.by) session.listensAt = undefined;
        break;
      case "cancelled":
        this.#cancel(session, bell.request, bell.params);
        break;
      case "state":
        if (bell.by !== this.#endpoint.fleet?.instanceId) this.#sessions?.refresh(session);
        break;
      case "ended":
        session.end();
    }
  }

  /** URIs that the clients connected here have subscribed to. */
  *watched(): Generator<string> {
    for (const session of this.#sessions?.all() ?? []) yield* session.watched;
  }

  lookEverywhere(): void {
    for (const session of this.#sessions?.all() ?? []) {
      this.#sessions?.refresh(session);
      this.#streams?.lookEverywhere(session);
    }
  }

  post(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    kind: MessageKind,
    message: JsonRpcMessage,
  ): void | Promise<void> {
    if (kind === "request" && (message as JsonRpcRequest).method === "initialize") {
      return this.#initialize(exchange, cors, principal, message as JsonRpcRequest);
    }
    const session = this.#sessionOf(exchange, principal);
    return session instanceof Promise
      ? session.then((found) => this.#message(exchange, cors, principal, found, kind, message))
      : this.#message(exchange, cors, principal, session, kind, message);
  }

  /** @throws HttpError 400 when sessions are kept and the request names none */
  #sessionOf(
    exchange: Exchange,
    principal: Principal | undefined,
  ): LiveSession | undefined | Promise<LiveSession> {
    if (this.#sessions === undefined) return undefined;
    const id = exchange.header("mcp-session-id");
    if (id === undefined) {
      throw new HttpError(400, "The Mcp-Session-Id header is missing: open a session with initialize first.");
    }
    return this.#sessions.find(id, principal);
  }

  #message(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    session: LiveSession | undefined,
    kind: MessageKind,
    message: JsonRpcMessage,
  ): void | Promise<void> {
    if (kind === "request") {
      const revision = session?.revision ?? this.#endpoint.declaredRevision(exchange);
      const response = this.#respond(exchange, cors, revision, session, principal);
      return this.#serve(exchange, principal, revision, session, response, message as JsonRpcRequest);
    }
    if (kind === "notification") {
      this.notified(session, message as JsonRpcNotification);
      return exchange.respond(202, cors);
    }
    return this.answered(session, message as JsonRpcResponse).then(() => exchange.respond(202, cors));
  }

  #respond(
    exchange: Exchange,
    headers: Headers,
    revision: Revision,
    session: LiveSession | undefined,
    principal: Principal | undefined,
    batch?: number,
  ): LegacyResponse {
    return new LegacyResponse({
      endpoint: this.#endpoint,
      exchange,
      headers,
      revision,
      session,
      principal,
      requests: batch ?? 1,
      batch: batch !== undefined,
    });
  }

  #serve(
    exchange: Exchange,
    principal: Principal | undefined,
    revision: Revision,
    session: LiveSession | undefined,
    response: LegacyResponse,
    request: JsonRpcRequest,
  ): void | Promise<void> {
    const call = new Call({
      revision,
      method: request.method,
      params: request.params,
      id: request.id,
      client: session?.client ?? new Client(revision, undefined, undefined),
      outlet: response,
      principal,
      session,
      request: requestView(exchange, principal),
      listens: session !== undefined,
    });
    response.answers(call);
    const outcome = this.#endpoint.dispatch(call);
    if (!(outcome instanceof Promise)) {
      response.end(call, outcome);
      return;
    }
    // Only what is still at work can be cancelled.
    const live = session?.retained();
    live?.begin(call);
    let left: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    call.onCancel = () => {
      left ??= setTimeout(() => {
        ended = true;
        response.skip();
      }, CANCELLED_MS);
    };
    return outcome.then((done) => {
      clearTimeout(left);
      try {
        if (!ended) response.end(call, done);
      } finally {
        live?.finish(call);
      }
    });
  }

  async #initialize(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    request: JsonRpcRequest,
  ): Promise<void> {
    let succeeded = false;
    try {
      succeeded = await this.#shakeHands(exchange, cors, principal, request);
    } finally {
      this.#endpoint.observer?.happened?.({ kind: "handshake", succeeded });
    }
  }

  /**
   * @returns whether it was answered with a result
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization
   */
  async #shakeHands(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    request: JsonRpcRequest,
  ): Promise<boolean> {
    const version = request.params?.["protocolVersion"];
    if (typeof version !== "string") {
      throw answering(
        new HttpError(400, `"protocolVersion" must be a string.`, { code: ERROR_CODES.INVALID_PARAMS }),
        request,
      );
    }
    const revision = this.#endpoint.core.revisions.negotiate(version);
    const capabilities = request.params?.["capabilities"] as ClientCapabilities | undefined;
    const info = request.params?.["clientInfo"];
    const client = new Client(revision, isImplementation(info) ? info : undefined, capabilities);
    const call = new Call({
      revision,
      method: request.method,
      params: request.params,
      id: request.id,
      client,
      outlet: { notify: () => {} },
      principal,
      request: requestView(exchange, principal),
      listens: this.#sessions !== undefined,
    });
    const outcome = await this.#endpoint.dispatch(call);
    const opened = outcome.kind === "complete" && this.#sessions !== undefined;
    const headers: Headers = opened
      ? [...cors, ["mcp-session-id", await this.#openSession(client, principal)]]
      : cors;
    const response = this.#respond(exchange, headers, revision, undefined, principal);
    response.finish(request.id, outcome as Exclude<Outcome, { kind: "listen" }>);
    return outcome.kind === "complete";
  }

  async #openSession(client: Client, principal: Principal | undefined): Promise<string> {
    const { adapter } = this.#sessions as Sessions;
    const id = adapter.generateSessionId();
    if (!/^[\x21-\x7e]+$/.test(id)) {
      throw new Error(
        `generateSessionId must give visible ASCII characters only, got ${JSON.stringify(id)}.`,
      );
    }
    const meta: SessionMeta = {
      protocolVersion: client.protocolVersion,
      clientCapabilities: client.capabilities,
    };
    if (client.info !== undefined) meta.clientInfo = client.info;
    if (principal !== undefined) meta.principal = principalKey(principal);
    if (principal?.tenant !== undefined) meta.tenant = principal.tenant;
    if (this.#endpoint.observer !== undefined) meta.openedAt = Date.now();
    try {
      await adapter.create(id, meta);
    } catch (error) {
      if (!(error instanceof SessionLimitError)) throw error;
      throw new HttpError(503, "No more sessions can be opened now: try again later.", {
        headers: [["retry-after", "10"]],
      });
    }
    this.#sessions?.opened(id);
    this.#endpoint.observer?.happened?.({ kind: "session-opened", session: id, transport: "http" });
    return id;
  }

  notified(session: LiveSession | undefined, { method, params }: JsonRpcNotification): void {
    if (method === "notifications/initialized" && session !== undefined) {
      this.#sessions?.ready(session.id);
      this.#endpoint.fleet?.ring({ bell: "ready", session: session.id });
    }
    if (method === "notifications/roots/list_changed") session?.rootsChanged();
    if (method !== "notifications/cancelled") return;
    const id = params?.["requestId"];
    if (!isRequestId(id) || session === undefined) return;
    this.#cancel(session, id, params);
    this.#endpoint.fleet?.ring({ bell: "cancelled", session: session.id, request: id, params: params ?? {} });
  }

  /**
   * An answer that comes too late is ignored.
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/cancellation#behavior-requirements
   */
  async answered(session: LiveSession | undefined, response: JsonRpcResponse): Promise<void> {
    if (session === undefined) {
      throw new HttpError(400, "This server keeps no sessions, and so waits for no response.");
    }
    const { id } = response;
    if (id === undefined) return;
    const { clientRequests } = this.#endpoint;
    // First into the call's own record, so that whoever goes on with it has the answer.
    const taken =
      typeof id === "string" ? await this.#keeper?.answerCall(session.id, id, response) : undefined;
    await clientRequests.resolvePending(session.id, id, response);
    if (taken !== undefined) await this.#takeover?.answered(session.id, taken.streamId, taken.owner);
  }

  #cancel(session: LiveSession, id: RequestId, params: Params | undefined): void {
    session.cancel(id, (call) => cancelCall(call, params, this.#endpoint.core.logger));
  }

  /** Several messages in one body, for the revisions that have them. */
  async batch(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    messages: readonly unknown[],
  ): Promise<void> {
    const declared = this.#endpoint.declaredRevision(exchange);
    // Where there are no sessions at all, none is missed.
    const session = declared.handshake ? await this.#sessionOf(exchange, principal) : undefined;
    const revision = session?.revision ?? declared;
    if (!revision.batches)
      throw new HttpError(400, `Revision ${revision.version} has no batches: send one message.`);
    const problem = batchProblem(messages);
    if (problem !== undefined) throw new HttpError(400, problem);
    const { requests, notifications, responses } = sortBatch(messages);
    if (requests.length > 0) {
      this.#endpoint.checkRoom();
      await this.#endpoint.admitMore(requests.length - 1, exchange, principal);
    }
    for (const notification of notifications) this.notified(session, notification);
    for (const response of responses) await this.answered(session, response);
    if (requests.length === 0) return exchange.respond(202, cors);
    const response = this.#respond(exchange, cors, revision, session, principal, requests.length);
    await Promise.all(
      requests.map((request) => this.#serve(exchange, principal, revision, session, response, request)),
    );
  }

  /** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server */
  async get(exchange: Exchange, cors: Headers, principal: Principal | undefined): Promise<void> {
    this.#endpoint.checkOpen();
    if (this.#streams === undefined) {
      throw new HttpError(405, "This server keeps no sessions, and so has no streams to listen on.", {
        headers: [["allow", "POST"]],
      });
    }
    const accept = exchange.header("accept");
    if (accept === undefined || !accepts(accept, "text/event-stream")) {
      throw new HttpError(406, "Accept must list text/event-stream.");
    }
    this.#endpoint.declaredRevision(exchange);
    const session = ((await this.#sessionOf(exchange, principal)) as LiveSession).retained();
    try {
      await this.#streams.open(exchange, cors, session, principal?.expiresAt);
    } finally {
      session.releaseIfIdle();
    }
  }

  async delete(exchange: Exchange, cors: Headers, principal: Principal | undefined): Promise<void> {
    if (this.#sessions === undefined) {
      throw new HttpError(405, "This server keeps no sessions, and so has none to end.", {
        headers: [["allow", "POST"]],
      });
    }
    this.#endpoint.declaredRevision(exchange);
    const session = (await this.#sessionOf(exchange, principal)) as LiveSession;
    const { id, revision, openedAt } = session;
    await this.#sessions.delete(session);
    this.#endpoint.observer?.happened?.({
      kind: "session-ended",
      session: id,
      transport: "http",
      version: revision.version,
      durationMs: openedAt && Date.now() - openedAt,
    });
    this.#endpoint.fleet?.ring({ bell: "ended", session: id });
    exchange.respond(204, cors);
  }

  /** A session, for a task that was made in it. */
  async sessionOf(id: string): Promise<LiveSession | undefined> {
    return this.#sessions?.open(id);
  }

  /** Of how many sessions something is open here. */
  get size(): number {
    return this.#sessions?.size ?? 0;
  }

  /** What is open here of a session. */
  live(id: string): LiveSession | undefined {
    return this.#sessions?.live(id);
  }

  /** Closes connections on which no call is answered, so that clients resume elsewhere. */
  close(): void {
    this.#takeover?.stop();
    this.#sessions?.close();
  }
}

interface Batch {
  readonly requests: JsonRpcRequest[];
  readonly notifications: JsonRpcNotification[];
  readonly responses: JsonRpcResponse[];
}

/**
 * The messages of a batch by their kinds, so that nothing of it is served when something is wrong with it.
 * @throws HttpError 400
 */
function sortBatch(messages: readonly unknown[]): Batch {
  const batch: Batch = { requests: [], notifications: [], responses: [] };
  for (const message of messages) {
    const kind = classifyMessage(message);
    if (typeof kind !== "string") {
      throw new HttpError(400, `The batch holds what is not a message: ${kind.reason}.`);
    }
    if (kind === "notification") batch.notifications.push(message as JsonRpcNotification);
    else if (kind === "response") batch.responses.push(message as JsonRpcResponse);
    else batch.requests.push(message as JsonRpcRequest);
  }
  if (batch.requests.some(({ method }) => method === "initialize")) {
    throw new HttpError(400, "initialize must not be part of a batch.");
  }
  return batch;
}
