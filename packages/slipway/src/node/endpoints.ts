import { hostAllowed } from "../http/guards.ts";
import type { Exchange, Headers } from "../http/index.ts";
import { credentialsView } from "../http/request-view.ts";
import type { HttpAnswer, IncomingRequest } from "../ports/index.ts";
import { clip } from "../protocol/errors.ts";
import type { Logger } from "../server/index.ts";

/** Answers a GET for a path besides the MCP endpoint's, such as `/metrics`. For HEAD, the body is left out. */
export type EndpointHandler = (request: IncomingRequest) => HttpAnswer | Promise<HttpAnswer>;

/** What an address is as a `Host`, with or without a port. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\]|localhost)(:\d+)?$/i;

/** Paths that are served besides the MCP endpoint's, to whoever asks. */
export class Endpoints {
  readonly #handlers: ReadonlyMap<string, EndpointHandler>;
  readonly #allowedHosts: readonly string[] | undefined;
  readonly #logger: Logger;

  constructor(
    handlers: ReadonlyMap<string, EndpointHandler>,
    allowedHosts: readonly string[] | undefined,
    logger: Logger,
  ) {
    this.#handlers = handlers;
    this.#allowedHosts = allowedHosts;
    this.#logger = logger;
  }

  /** Answers a request for one of the paths; `false` for any other. */
  answer(path: string, exchange: Exchange): boolean {
    const handler = this.#handlers.get(path);
    if (handler === undefined) return false;
    this.#answer(handler, exchange).catch((error: unknown) => {
      this.#logger.error(`The endpoint ${path} failed.`, error);
      refuse(exchange, 500, "Internal error");
    });
    return true;
  }

  async #answer(handler: EndpointHandler, exchange: Exchange): Promise<void> {
    const { method, remoteAddress } = exchange;
    if (method !== "GET" && method !== "HEAD") {
      refuse(exchange, 405, "This path takes GET.", [["allow", "GET, HEAD"]]);
      return;
    }
    const host = exchange.header("host");
    if (host !== undefined && !this.#isKnown(host, exchange.local ?? false)) {
      const what = `The Host "${clip(host)}" is not allowed`;
      refuse(exchange, 403, `${what}: add it to allowedHosts if it names this server.`);
      return;
    }
    const { url, headers } = credentialsView(exchange);
    const answer = await handler({ method, url, headers, remoteAddress });
    exchange.respond(answer.status, answer.headers, answer.body);
  }

  /** A probe may name the address that it was given: pages that rebind a name cannot do without that name. */
  #isKnown(host: string, local: boolean): boolean {
    return ADDRESS.test(host) || hostAllowed(host, local, this.#allowedHosts);
  }
}

function refuse(exchange: Exchange, status: number, error: string, headers: Headers = []): void {
  exchange.respond(status, [["content-type", "application/json"], ...headers], JSON.stringify({ error }));
}

/** @throws TypeError for what is no path, or is taken already */
export function checkEndpoints(
  endpoints: { readonly [path: string]: unknown },
  taken: ReadonlySet<string>,
): void {
  for (const [path, handler] of Object.entries(endpoints)) {
    if (!/^\/[^?#]*$/.test(path)) {
      throw new TypeError(`endpoints: expected a path that begins with "/", got "${path}".`);
    }
    if (taken.has(path)) {
      throw new TypeError(`endpoints: "${path}" is served already; choose another path, or move that one.`);
    }
    if (typeof handler !== "function") {
      throw new TypeError(`endpoints["${path}"]: expected a function, got ${typeof handler}.`);
    }
  }
}
