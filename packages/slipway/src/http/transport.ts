import type { Principal } from "../ports/index.ts";
import type { McpServer } from "../server/index.ts";
import { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import { FetchExchange } from "./fetch.ts";
import type { StreamableHttpTransportOptions } from "./options.ts";

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
   * Ends subscriptions and streams, waits for running calls, and then ends those too.
   * @param graceMs how long to wait, in milliseconds. Default: 0
   */
  close(graceMs?: number): Promise<void>;
  /** How many event streams are open, and how many calls are being served. */
  readonly load: { readonly streams: number; readonly calls: number };
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

  bind(server: McpServer<never> | McpServer): McpHandler {
    const endpoint = new Endpoint(server.core, this.#options);
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
      load: { get: () => ({ streams: endpoint.sinks.size, calls: endpoint.working }) },
    }) as McpHandler;
  }
}
