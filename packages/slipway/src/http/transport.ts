import type { Principal } from "../ports/index.ts";
import type { Load, McpServer } from "../server/index.ts";
import { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import { FetchExchange } from "./fetch.ts";
import type { ServerFactory, StreamableHttpTransportOptions } from "./options.ts";
import type { Tenants } from "./tenants.ts";

export interface HandlerOptions {
  /** Who calls, where the application has found that out already. */
  auth?: Principal;
}

/** A server, ready to take requests: a function for runtimes of the Fetch API, and what bindings need. */
export interface McpHandler {
  (request: Request, options?: HandlerOptions): Promise<Response>;
  /** Takes a request of any runtime. */
  handle(exchange: Exchange, options?: HandlerOptions): void;
  /**
   * Ends subscriptions and streams, waits for running calls, and then ends those too: their clients are told.
   * @param graceMs how long to wait, in milliseconds. Default: 0
   */
  close(graceMs?: number): Promise<void>;
  /** How much is open now. */
  readonly load: Load;
}

/** Workers pass their bindings where options may stand; only what is a principal is taken for one. */
function principalOf(options: HandlerOptions | undefined): Principal | undefined {
  const auth: Partial<Principal> | undefined = options?.auth;
  return typeof auth?.subject === "string" ? options?.auth : undefined;
}

/**
 * Serves MCP servers over HTTP, to clients of every revision at one address.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export class StreamableHttpTransport {
  readonly #options: StreamableHttpTransportOptions;

  constructor(options: StreamableHttpTransportOptions = {}) {
    this.#options = options;
  }

  /**
   * @param server one server for everybody, or a function that makes one for each tenant (`tenancy` says how they are kept)
   */
  bind(server: McpServer<never> | McpServer | ServerFactory): McpHandler {
    const endpoint =
      typeof server === "function"
        ? new Later(loadTenants(server, checkedTenancy(this.#options)))
        : new Endpoint(server.core, this.#options);
    const handler = (request: Request, options?: HandlerOptions): Promise<Response> => {
      const exchange = new FetchExchange(request);
      endpoint.handle(exchange, principalOf(options));
      return exchange.response;
    };
    return Object.defineProperties(handler, {
      handle: {
        value: (exchange: Exchange, options?: HandlerOptions) => endpoint.handle(exchange, options?.auth),
      },
      close: { value: (graceMs?: number) => endpoint.close(graceMs) },
      load: { get: () => endpoint.load },
    }) as McpHandler;
  }
}

/** What is being loaded, as if it were there. */
class Later {
  readonly #loading: Promise<Tenants>;
  #loaded: Tenants | undefined;

  constructor(loading: Promise<Tenants>) {
    this.#loading = loading.then((loaded) => {
      this.#loaded = loaded;
      return loaded;
    });
  }

  handle(exchange: Exchange, named?: Principal): void {
    if (this.#loaded !== undefined) this.#loaded.handle(exchange, named);
    else void this.#loading.then((loaded) => loaded.handle(exchange, named));
  }

  get load(): McpHandler["load"] {
    return this.#loaded?.load ?? { streams: 0, calls: 0, sessions: 0, tasks: 0, asks: 0 };
  }

  async close(graceMs?: number): Promise<void> {
    await (await this.#loading).close(graceMs);
  }
}

/** @throws TypeError when a bound is not a positive integer */
function checkedTenancy(options: StreamableHttpTransportOptions): StreamableHttpTransportOptions {
  for (const member of ["maxServers", "idleMs"] as const) {
    const value = options.tenancy?.[member];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new TypeError(`tenancy.${member}: expected a positive integer, got ${String(value)}.`);
  }
  return options;
}

/** Most programs have one server, so that most never load it. */
async function loadTenants(
  factory: ServerFactory,
  options: StreamableHttpTransportOptions,
): Promise<Tenants> {
  const { Tenants } = await import("./tenants.ts");
  return new Tenants(factory, options);
}
