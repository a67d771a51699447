import { type Principal, principalKey, StoreUnavailableError } from "../ports/index.ts";
import { type Call, Connection, type RequestView, randomId } from "../server/index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { accepts, checkMediaTypes } from "./guards.ts";
import { HttpError } from "./http-error.ts";
import { ObservedConnection } from "./observed-connection.ts";
import type { HttpSseOptions } from "./options.ts";
import { requestView } from "./request-view.ts";
import type { EventSink } from "./sinks.ts";
import { sseNamed, sseRetry } from "./sse.ts";
import { type SseInbox, SseInboxes } from "./sse-inbox.ts";

interface Open {
  readonly connection: Connection;
  readonly principal: string;
  readonly request: RequestView;
  readonly sink: EventSink;
  readonly inbox: SseInbox | undefined;
}

/** Of addresses that are given from the path on. */
const BASE = "http://localhost";

/** How often an open stream says that its session is in use, and looks for messages whose bell was lost, in milliseconds. */
const LOOK_MS = 30_000;

/**
 * The HTTP+SSE transport of 2024-11-05, for clients that know no other: one event stream that carries all
 * that the server says, and an address to post messages to. Over a store, the stream is open on one instance, and its
 * messages may be posted to any. The stream cannot be resumed: its end, and the death of its instance, end the session.
 *
 * @deprecated by the specification since 2025-03-26; off unless switched on
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export class HttpSse {
  readonly #endpoint: Endpoint;
  readonly #path: string;
  readonly #messagesPath: string;
  readonly #open = new Map<string, Open>();
  readonly #inboxes: SseInboxes | undefined;
  readonly #closing = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(endpoint: Endpoint, options: HttpSseOptions) {
    this.#endpoint = endpoint;
    this.#path = options.path ?? "/sse";
    this.#messagesPath = options.messagesPath ?? "/messages";
    this.#inboxes = SseInboxes.over(endpoint.sessions, endpoint.fleet);
  }

  /** Serves a request for one of its paths; `undefined` for any other. */
  route(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
  ): void | Promise<void> | undefined {
    // Where the server is not mounted at paths of its own, clients may send any address, also what is no URL.
    if (!URL.canParse(exchange.url, BASE)) return undefined;
    const url = new URL(exchange.url, BASE);
    if (url.pathname.endsWith(this.#path) && exchange.method === "GET") {
      const prefix = url.pathname.slice(0, -this.#path.length);
      return this.#listen(exchange, cors, principal, prefix);
    }
    if (url.pathname.endsWith(this.#messagesPath) && exchange.method === "POST") {
      return this.#post(exchange, cors, principal, url.searchParams.get("sessionId"));
    }
    return undefined;
  }

  async #listen(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    prefix: string,
  ): Promise<void> {
    const accept = exchange.header("accept");
    if (accept !== undefined && !accepts(accept, "text/event-stream")) {
      throw new HttpError(406, "Accept must list text/event-stream.");
    }
    this.#endpoint.checkOpen();
    const { core, clientRequests, settings } = this.#endpoint;
    const inbox = await this.#inboxes?.open(principal, core.revisions.undeclared?.version ?? "");
    const id = inbox?.id ?? randomId();
    const { observer } = this.#endpoint;
    const session = observer && new ObservedConnection(observer, id, "http");
    const dispatch = (call: Call) => this.#endpoint.dispatch(call);
    const sink = this.#sink(id, exchange, cors, principal, inbox, () => {
      session?.end();
      connection.close();
    });
    const connection = new Connection({
      core,
      clientRequests,
      continuation: this.#endpoint.continuation,
      dispatch: session === undefined ? dispatch : session.through(dispatch),
      maxCalls: settings.maxCalls,
      principal,
      sessionId: id,
      modern: false,
      send: (json) => sink.write(sseNamed("message", json)),
      ping: settings.ping,
      lost: () => sink.abort(),
    });
    const request = requestView(exchange, principal);
    this.#open.set(id, { connection, principal: principalKey(principal), request, sink, inbox });
    if (inbox !== undefined) this.#watch();
    sink.endAt(principal?.expiresAt);
    void sink.write(sseNamed("endpoint", `${prefix}${this.#messagesPath}?sessionId=${id}`));
  }

  async #post(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    id: string | null,
  ): Promise<void> {
    checkMediaTypes(exchange, []);
    const open = id === null ? undefined : this.#open.get(id);
    if (id === null || (open === undefined ? this.#inboxes === undefined : !isOf(open, principal)))
      throw this.#unknown();
    const message = await this.#endpoint.readJson(exchange);
    if (Array.isArray(message)) await this.#endpoint.admitMore(message.length - 1, exchange, principal);
    if (open === undefined) {
      if (!(await this.#inboxes?.post(id, principal, message))) throw this.#unknown();
      exchange.respond(202, cors);
      return;
    }
    exchange.respond(202, cors);
    await open.connection.receive(message, requestView(exchange, principal));
  }

  #unknown(): HttpError {
    return new HttpError(
      404,
      `Session not found: open ${this.#path} first, and post to the address that it gives.`,
    );
  }

  hear({ bell, session }: { readonly bell: "posted" | "ended"; readonly session: string }): void {
    const open = this.#open.get(session);
    if (open === undefined) return;
    if (bell === "ended") open.sink.end();
    else void this.#look(open);
  }

  /** Bells may have been lost. */
  lookEverywhere(): void {
    for (const open of this.#open.values()) void this.#look(open);
  }

  /** Takes what was posted elsewhere. A stream that has lost messages ends, so that its client begins anew. */
  async #look({ inbox, connection, request, sink }: Open): Promise<void> {
    const { logger } = this.#endpoint.core;
    try {
      await inbox?.look((message) => {
        connection.receive(message, request).catch((error: unknown) => {
          logger.error("A message of HTTP+SSE that was posted to another instance failed.", error);
        });
      });
      if (inbox !== undefined && !(await inbox.goesOn())) sink.end();
    } catch (error) {
      if (error instanceof StoreUnavailableError) return;
      logger.warn("An event stream ends, since messages that were posted elsewhere are lost.", error);
      sink.abort();
    }
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.lookEverywhere(), LOOK_MS);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Ends subscriptions, and answers further requests with the error. */
  close(error: HttpError): void {
    for (const { connection } of this.#open.values()) {
      connection.refuseRequests(error);
      connection.endSubscriptions();
    }
  }

  /** Ends the streams, whose clients open others. */
  end(): void {
    for (const { sink } of this.#open.values()) {
      void sink.write(sseRetry(this.#endpoint.settings.retryMs));
      sink.end();
    }
  }

  /** Resolves when the sessions of streams that have ended are gone from the store. */
  async closed(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#closing);
  }

  #sink(
    id: string,
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    inbox: SseInbox | undefined,
    left: () => void,
  ): EventSink {
    try {
      return this.#endpoint.sinks.open(exchange, cors, principalKey(principal), () => {
        this.#open.delete(id);
        left();
        if (inbox !== undefined) this.#forget(inbox);
        if (this.#open.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      });
    } catch (error) {
      if (inbox !== undefined) this.#forget(inbox);
      throw error;
    }
  }

  #forget(inbox: SseInbox): void {
    const closing = inbox
      .close()
      .catch((error: unknown) =>
        this.#endpoint.core.logger.warn("The session of a stream that has ended expires by itself.", error),
      )
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function isOf(open: Open, principal: Principal | undefined): boolean {
  return open.principal === principalKey(principal);
}
