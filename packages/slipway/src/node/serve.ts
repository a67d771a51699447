import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import {
  type McpHandler,
  type ServerFactory,
  StreamableHttpTransport,
  type StreamableHttpTransportOptions,
} from "../http/index.ts";
import { defaultLogger, type Logger, type McpServer, type Observer } from "../server/index.ts";
import { InMemorySessionAdapter } from "../stores/memory/index.ts";
import { Closing, type ClosingOptions } from "./closing.ts";
import { checkEndpoints, type EndpointHandler, Endpoints } from "./endpoints.ts";
import { NodeExchange } from "./exchange.ts";
import { HealthEndpoints, type ServeHealthOptions } from "./health.ts";
import { onSignals } from "./signals.ts";

// An import statement reads all exports, and so loads fetch() and WebSocket too: 20 ms more until a server answers.
const { createServer } = process.getBuiltinModule("node:http");

export interface ServeOptions extends StreamableHttpTransportOptions, ClosingOptions {
  /** Default: 3000. 0: any free port. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  host?: string;
  /** Where the MCP endpoint is. Default: `/mcp`. */
  path?: string;
  /**
   * What is served besides, by paths such as `/metrics`: GET and HEAD, to whoever asks. A `Host` that is an address or
   * `localhost` is let in, as probes send it; any other has to be allowed as for the MCP endpoint.
   */
  endpoints?: { readonly [path: string]: EndpointHandler };
  /**
   * What probes are told, by GET, to whoever asks: at `/health` that the process lives, at `/ready` whether requests should
   * be sent here. Default: both, with the store as the one component. `false`: neither.
   */
  health?: boolean | ServeHealthOptions;
  /** Default: the store's, or in memory where there is none. `null`: no sessions, every request stands alone. */
  sessionAdapter?: StreamableHttpTransportOptions["sessionAdapter"];
  /**
   * How long a client may take to send a request, from its connection to the end of the body, in milliseconds.
   * Then it is answered with 408 and cut off. Looked after twice in that time, but at least every 30 seconds.
   * 0: no limit. Default: 60,000.
   */
  requestTimeoutMs?: number;
  /**
   * How long a connection is kept open for the next request, in milliseconds. A proxy in front should let go
   * earlier. Default: 65,000, longer than usual proxies keep theirs.
   */
  keepAliveTimeoutMs?: number;
  /**
   * Whether SIGTERM and SIGINT drain the server. A second signal ends the process at once, with that signal.
   * Default: false.
   */
  signals?: boolean;
  /**
   * Whether the process ends once a signal has drained the server, with code 0 unless `process.exitCode` says otherwise,
   * even where something (a timer, a connection to a database) would keep it alive. What awaits
   * {@link RunningServer.closed} has half a second to tidy up. Default: true.
   */
  exit?: boolean;
}

/** A server that listens. */
export interface RunningServer {
  /** The address of the MCP endpoint. */
  readonly url: string;
  readonly port: number;
  readonly handler: McpHandler;
  readonly http: Server;
  /**
   * Ends the server so that clients notice as little as can be: `/ready` says so at once, requests are served for
   * `drainDelayMs` more, and then it is closed. A second call does nothing.
   */
  drain(): Promise<void>;
  /**
   * Takes no more connections, ends subscriptions and streams, leaves what others can go on with to them, and waits for
   * running calls and for clients to take their answers. Calls that do not end in time end in an error.
   * @param graceMs how long that may take, in milliseconds. Default: the option `graceMs`
   */
  close(graceMs?: number): Promise<void>;
  /** Resolves when the server was closed, for whatever reason. */
  readonly closed: Promise<void>;
}

/** How long a connection is silent before the system asks whether the other end is still there. */
const PROBE_MS = 60_000;

/** When what probes ask is loaded: not while a server starts, nor so late that its files may have been replaced. */
const LOAD_MS = 1_000;

/** How long what waits for the end may keep the process alive. */
const EXIT_MS = 500;

/**
 * Serves an MCP server over HTTP, or a server for each tenant, which a function makes.
 * @throws Error when the port cannot be listened on
 */
export async function serve(
  server: McpServer<never> | McpServer | ServerFactory,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const { port = 3000, host = "127.0.0.1", path = "/mcp", ...rest } = options;
  const handler = new StreamableHttpTransport({ ...rest, sessionAdapter: adapterOf(options) }).bind(server);
  const paths = new Set([path, ...httpSsePaths(rest.httpSse), ...(rest.auth?.paths ?? [])]);
  checkEndpoints(options.endpoints ?? {}, paths);
  const health = healthOf(server, options);
  // What cannot be is refused before anything listens.
  if (typeof options.health === "object") await health?.load();
  // Paths of the program's own come before those that are served by default.
  const besides = new Map([...(health?.handlers ?? []), ...Object.entries(options.endpoints ?? {})]);
  const endpoints = new Endpoints(besides, rest.allowedHosts, loggerOf(server, options));
  const http = createServer(connectionOptions(options));
  const sockets = new Set<Socket>();
  const closing = new Closing({ http, sockets, handler, health }, options);
  const listener = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const target = pathOf(request.url);
    const exchange = new NodeExchange(request, response, awaitsContinue, closing);
    if (paths.has(target)) handler.handle(exchange);
    else if (!endpoints.answer(target, exchange)) notFound(exchange, path);
  };
  http.on("request", listener(false));
  // Answers "100 Continue" only once the body is wanted.
  http.on("checkContinue", listener(true));
  http.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  observeConnections(http, rest.observe);
  await listen(http, port, host);
  setTimeout(() => health?.load(), LOAD_MS).unref();
  if (options.signals === true) drainOnSignals(closing, options.exit ?? true);
  const address = http.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}${path}`,
    port: address.port,
    handler,
    http,
    drain: () => closing.drain(),
    close: (graceMs) => closing.close(graceMs),
    closed: closing.closed,
  };
}

/** Whoever serves a connection does so within what the observer does for it. */
function observeConnections(http: Server, observer: Observer | undefined): void {
  if (observer?.connected === undefined) return;
  const listeners = http.listeners("connection");
  http.removeAllListeners("connection");
  http.on("connection", (socket: Socket) => {
    observer.connected?.(() => {
      for (const listener of listeners) listener.call(http, socket);
    });
  });
}

function drainOnSignals(closing: Closing, exit: boolean): void {
  let signalled = false;
  const ignore = onSignals(() => {
    signalled = true;
    void closing.drain();
  });
  void closing.closed.then(() => {
    ignore();
    if (signalled && exit) setTimeout(() => process.exit(), EXIT_MS).unref();
  });
}

function connectionOptions({ requestTimeoutMs = 60_000, keepAliveTimeoutMs = 65_000 }: ServeOptions) {
  return {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(30_000, requestTimeoutMs / 2 || 30_000),
    keepAliveTimeout: keepAliveTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_MS,
    // Without it Node takes the first Host and Authorization of several, and a proxy may have looked at another.
    joinDuplicateHeaders: true,
  };
}

function adapterOf({
  sessionAdapter,
  store,
}: ServeOptions): StreamableHttpTransportOptions["sessionAdapter"] {
  return sessionAdapter === undefined && store === undefined ? new InMemorySessionAdapter() : sessionAdapter;
}

function loggerOf(server: McpServer<never> | McpServer | ServerFactory, { tenancy }: ServeOptions): Logger {
  return typeof server === "function" ? (tenancy?.logger ?? defaultLogger) : server.core.logger;
}

function healthOf(
  server: McpServer<never> | McpServer | ServerFactory,
  options: ServeOptions,
): HealthEndpoints | undefined {
  const { health = true, store } = options;
  if (health === false) return undefined;
  const version = typeof server === "function" ? undefined : server.core.options.version;
  const logger = loggerOf(server, options);
  return new HealthEndpoints(health === true ? {} : health, { store, version, logger });
}

function httpSsePaths(httpSse: StreamableHttpTransportOptions["httpSse"]): string[] {
  if (!httpSse) return [];
  const { path = "/sse", messagesPath = "/messages" } = httpSse === true ? {} : httpSse;
  return [path, messagesPath];
}

/** The path of a request's target, which clients of proxies give as a whole URL. */
function pathOf(target = "/"): string {
  if (!target.startsWith("/") && URL.canParse(target)) return new URL(target).pathname;
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}

function notFound(exchange: NodeExchange, path: string): void {
  const body = JSON.stringify({ error: `Not found. The MCP endpoint is ${path}.` });
  exchange.respond(404, [["content-type", "application/json"]], body);
}

function listen(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE" ? " Another program uses it; choose another port." : "";
      reject(new Error(`Cannot listen on ${host}:${port}: ${cause.message}.${taken}`, { cause }));
    };
    http.once("error", failed);
    http.listen(port, host, () => {
      http.off("error", failed);
      resolve();
    });
  });
}
