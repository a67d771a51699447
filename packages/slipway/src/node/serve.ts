import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import {
  type McpHandler,
  type ServerFactory,
  StreamableHttpTransport,
  type StreamableHttpTransportOptions,
} from "../http/index.ts";
import type { McpServer } from "../server/index.ts";
import { InMemorySessionAdapter } from "../stores/memory/index.ts";
import { NodeExchange } from "./exchange.ts";

// An import statement reads all exports, and so loads fetch() and WebSocket too: 20 ms more until a server answers.
const { createServer } = process.getBuiltinModule("node:http");
const { Server: NetServer } = process.getBuiltinModule("node:net");

export interface ServeOptions extends Omit<StreamableHttpTransportOptions, "sessionAdapter"> {
  /** Default: 3000. 0: any free port. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  host?: string;
  /** Where the MCP endpoint is. Default: `/mcp`. */
  path?: string;
  /** Default: the store's, or in memory where there is none. `null`: no sessions, every request stands alone. */
  sessionAdapter?: StreamableHttpTransportOptions["sessionAdapter"] | null;
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
}

/** A server that listens. */
export interface RunningServer {
  /** The address of the MCP endpoint. */
  readonly url: string;
  readonly port: number;
  readonly handler: McpHandler;
  readonly http: Server;
  /**
   * Takes no more connections, ends subscriptions and streams, and waits for running calls and for clients to
   * take their answers.
   * @param graceMs how long that may take, in milliseconds. Default: 10,000
   */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 10_000;

/** How long a connection is silent before the system asks whether the other end is still there. */
const PROBE_MS = 60_000;

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
  const listener = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    if (paths.has(pathOf(request.url))) {
      handler.handle(new NodeExchange(request, response, awaitsContinue));
    } else notFound(new NodeExchange(request, response, awaitsContinue), path);
  };
  const http = createServer(connectionOptions(options), listener(false));
  // Answers "100 Continue" only once the body is wanted.
  http.on("checkContinue", listener(true));
  const sockets = new Set<Socket>();
  http.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await listen(http, port, host);
  const address = http.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}${path}`,
    port: address.port,
    handler,
    http,
    close: (graceMs = DEFAULT_GRACE_MS) => close(http, sockets, handler, graceMs),
  };
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
  if (sessionAdapter !== undefined) return sessionAdapter ?? undefined;
  return store?.sessions ?? new InMemorySessionAdapter();
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

async function close(
  http: Server,
  sockets: ReadonlySet<Socket>,
  handler: McpHandler,
  graceMs: number,
): Promise<void> {
  const deadline = performance.now() + graceMs;
  // What `http.close` does beyond this takes connections for idle whose answers are still on their way.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(http, () => resolve()));
  const sending = () => [...sockets].some((socket) => socket.writableLength > 0);
  if (!sending()) http.closeIdleConnections();
  await handler.close(graceMs);
  while (sending() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const socket of sockets) socket.destroy();
  await closed;
  // Ends the timer that looks after requests that take too long.
  http.close();
}
