import { type Principal, principalKey } from "../ports/index.ts";
import { Connection, randomId } from "../server/index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { accepts, checkMediaTypes } from "./guards.ts";
import { HttpError } from "./http-error.ts";
import type { HttpSseOptions } from "./options.ts";
import { requestView } from "./request-view.ts";
import { sseNamed } from "./sse.ts";

interface Open {
  readonly connection: Connection;
  readonly principal: string;
}

/**
 * The HTTP+SSE transport of 2024-11-05, for clients that know no other: one event stream that carries all
 * that the server says, and an address to post messages to.
 *
 * @deprecated by the specification since 2025-03-26; off unless switched on
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export class HttpSse {
  readonly #endpoint: Endpoint;
  readonly #path: string;
  readonly #messagesPath: string;
  readonly #open = new Map<string, Open>();

  constructor(endpoint: Endpoint, options: HttpSseOptions) {
    this.#endpoint = endpoint;
    this.#path = options.path ?? "/sse";
    this.#messagesPath = options.messagesPath ?? "/messages";
  }

  /** Serves a request for one of its paths; `undefined` for any other. */
  route(
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
  ): void | Promise<void> | undefined {
    const url = new URL(exchange.url, "http://localhost");
    if (url.pathname.endsWith(this.#path) && exchange.method === "GET") {
      const prefix = url.pathname.slice(0, -this.#path.length);
      return Promise.resolve(this.#listen(exchange, cors, principal, prefix));
    }
    if (url.pathname.endsWith(this.#messagesPath) && exchange.method === "POST") {
      return this.#post(exchange, cors, principal, url.searchParams.get("sessionId"));
    }
    return undefined;
  }

  #listen(exchange: Exchange, cors: Headers, principal: Principal | undefined, prefix: string): void {
    const accept = exchange.header("accept");
    if (accept !== undefined && !accepts(accept, "text/event-stream")) {
      throw new HttpError(406, "Accept must list text/event-stream.");
    }
    const id = randomId();
    const { core, clientRequests, settings, sinks } = this.#endpoint;
    const sink = sinks.open(exchange, cors, () => {
      this.#open.delete(id);
      connection.close();
    });
    const connection = new Connection({
      core,
      clientRequests,
      continuation: this.#endpoint.continuation,
      principal,
      sessionId: id,
      modern: false,
      send: (json) => sink.write(sseNamed("message", json)),
      ping: settings.ping,
      lost: () => sink.abort(),
    });
    this.#open.set(id, { connection, principal: principalKey(principal) });
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
    if (open === undefined || open.principal !== principalKey(principal)) {
      throw new HttpError(
        404,
        `Session not found: open ${this.#path} first, and post to the address that it gives.`,
      );
    }
    const message = await this.#endpoint.readJson(exchange);
    exchange.respond(202, cors);
    await open.connection.receive(message, requestView(exchange, principal));
  }

  close(): void {
    for (const { connection } of this.#open.values()) connection.endSubscriptions();
  }
}
