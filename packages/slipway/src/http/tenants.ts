import { type Principal, principalKey } from "../ports/index.ts";
import { defaultLogger, type Load, McpServer } from "../server/index.ts";
import {
  InMemoryClientRequestAdapter,
  InMemoryHandleAdapter,
  InMemoryTaskAdapter,
} from "../stores/memory/index.ts";
import { Keyed, NoRoomError } from "../tenancy/keyed.ts";
import { shuttingDown } from "./drain.ts";
import { Endpoint } from "./endpoint.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { Gate } from "./gate.ts";
import { HttpError } from "./http-error.ts";
import type { ServerFactory, StreamableHttpTransportOptions, TenancyOptions } from "./options.ts";

/** No request takes longer to arrive than this: what was asked for more recently may be in the midst of one. */
const GRACE_MS = 60_000;

interface Tenant {
  readonly endpoint: Endpoint;
  readonly server: McpServer;
}

/** A server for each tenant behind one HTTP address, made when its first request comes. */
export class Tenants {
  readonly #options: StreamableHttpTransportOptions;
  readonly #tenancy: TenancyOptions;
  readonly #factory: ServerFactory;
  readonly #gate: Gate;
  readonly #tenants: Keyed<Tenant>;
  /** Whose first request a server is being made for. */
  readonly #first = new Map<string, Principal | undefined>();
  #closing = false;

  constructor(factory: ServerFactory, options: StreamableHttpTransportOptions) {
    this.#factory = factory;
    this.#tenancy = options.tenancy ?? {};
    this.#options = shared(options);
    const { logger = defaultLogger, maxServers = 1_000, idleMs = 600_000 } = this.#tenancy;
    this.#gate = new Gate(options, logger, (exchange, cors, principal) =>
      this.#route(exchange, cors, principal),
    );
    this.#tenants = new Keyed<Tenant>({
      open: (key) => this.#open(key),
      close: ({ endpoint, server }) => this.#end(endpoint, server, 0),
      failed: (error) => logger.error("A tenant's server could not be closed.", error),
      isBusy: ({ endpoint }) => endpoint.busy,
      max: maxServers,
      idleMs,
      graceMs: Math.min(idleMs, GRACE_MS),
    });
  }

  handle(exchange: Exchange, named?: Principal): void {
    this.#gate.handle(exchange, named);
  }

  #route(exchange: Exchange, cors: Headers, principal: Principal | undefined): void | Promise<void> {
    const key = this.#keyOf(principal);
    if (this.#closing) {
      const tenant = this.#tenants.peek(key);
      if (tenant === undefined) throw shuttingDown();
      return tenant.endpoint.route(exchange, cors, principal);
    }
    if (!this.#first.has(key)) this.#first.set(key, principal);
    try {
      const tenant = this.#tenants.get(key);
      if (!(tenant instanceof Promise)) {
        this.#first.delete(key);
        return tenant.endpoint.route(exchange, cors, principal);
      }
      return tenant
        .finally(() => this.#first.delete(key))
        .then(({ endpoint }) => endpoint.route(exchange, cors, principal));
    } catch (error) {
      this.#first.delete(key);
      if (!(error instanceof NoRoomError)) throw error;
      throw new HttpError(503, "The server has no room for another tenant now: try again later.", {
        headers: [["retry-after", "10"]],
      });
    }
  }

  #keyOf(principal: Principal | undefined): string {
    const { per = "tenant" } = this.#tenancy;
    if (typeof per === "function") return JSON.stringify({ key: per(principal) });
    const { tenant } = principal ?? {};
    return per === "principal" || tenant === undefined ? principalKey(principal) : JSON.stringify({ tenant });
  }

  async #open(key: string): Promise<Tenant> {
    const server: unknown = await this.#factory(this.#first.get(key));
    if (!(server instanceof McpServer)) {
      throw new TypeError(`The function given to bind must return an McpServer, got ${String(server)}.`);
    }
    // By its name and its tenant, since the servers of all tenants may have one name.
    return {
      server,
      endpoint: new Endpoint(server.core, this.#options, `${server.core.options.name} ${key}`),
    };
  }

  async #end(endpoint: Endpoint, server: McpServer, graceMs: number): Promise<void> {
    await endpoint.close(graceMs);
    await this.#tenancy.onClose?.(server);
  }

  get load(): Load {
    const load = { streams: 0, calls: 0, sessions: 0, tasks: 0, asks: 0 };
    for (const { endpoint } of this.#tenants.values()) {
      const open = endpoint.load;
      for (const kind of ["streams", "calls", "sessions", "tasks", "asks"] as const) load[kind] += open[kind];
    }
    return load;
  }

  async close(graceMs = 0): Promise<void> {
    this.#closing = true;
    const draining = [...this.#tenants.values()].map(({ endpoint }) => endpoint.close(graceMs));
    await Promise.all(draining);
    await this.#tenants.close();
  }
}

/** What is kept in memory where there is no store outlives the servers of tenants. */
function shared(options: StreamableHttpTransportOptions): StreamableHttpTransportOptions {
  const { authenticate: _, tenancy: __, store, ...rest } = options;
  return {
    ...rest,
    store,
    clientRequestAdapter:
      options.clientRequestAdapter ?? store?.clientRequests ?? new InMemoryClientRequestAdapter(),
    taskAdapter: options.taskAdapter ?? store?.tasks ?? new InMemoryTaskAdapter(),
    handleAdapter: options.handleAdapter ?? store?.handles ?? new InMemoryHandleAdapter(),
  };
}
