import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type McpHandler,
  StreamableHttpTransport,
  type StreamableHttpTransportOptions,
} from "../http/index.ts";
import type { McpServer } from "../server/index.ts";
import { InMemorySessionAdapter } from "../stores/memory/index.ts";
import { nodeListener } from "./listener.ts";

export interface ServeOptions extends Omit<StreamableHttpTransportOptions, "sessionAdapter"> {
  /** Default: 3000. 0: any free port. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  host?: string;
  /** Where the MCP endpoint is. Default: `/mcp`. */
  path?: string;
  /** Default: in memory. `null`: no sessions, every request stands alone. */
  sessionAdapter?: StreamableHttpTransportOptions["sessionAdapter"] | null;
}

/** A server that listens. */
export interface RunningServer {
  /** The address of the MCP endpoint. */
  readonly url: string;
  readonly port: number;
  readonly handler: McpHandler;
  readonly http: Server;
  /**
   * Takes no more requests, ends subscriptions and streams, and waits for running calls.
   * @param graceMs how long they may take, in milliseconds. Default: 10,000
   */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 10_000;

/**
 * Serves an MCP server over HTTP.
 * @throws Error when the port cannot be listened on
 */
export async function serve(
  server: McpServer<never> | McpServer,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const { port = 3000, host = "127.0.0.1", path = "/mcp", sessionAdapter, ...rest } = options;
  const adapter = sessionAdapter === null ? undefined : (sessionAdapter ?? new InMemorySessionAdapter());
  const handler = new StreamableHttpTransport({ ...rest, sessionAdapter: adapter }).bind(server);
  const listener = nodeListener(handler);
  const paths = new Set([path, ...httpSsePaths(rest.httpSse)]);
  const http = createServer((request, response) => {
    const [pathname = "/"] = (request.url ?? "/").split("?", 1);
    if (paths.has(pathname)) return listener(request, response);
    const body = JSON.stringify({ error: `Not found. The MCP endpoint is ${path}.` });
    response.writeHead(404, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
  });
  await listen(http, port, host);
  const address = http.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}${path}`,
    port: address.port,
    handler,
    http,
    close: (graceMs = DEFAULT_GRACE_MS) => close(http, handler, graceMs),
  };
}

function httpSsePaths(httpSse: StreamableHttpTransportOptions["httpSse"]): string[] {
  if (!httpSse) return [];
  const { path = "/sse", messagesPath = "/messages" } = httpSse === true ? {} : httpSse;
  return [path, messagesPath];
}

function listen(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE" ? " Another program uses it; choose another port." : "";
      reject(new Error(`Cannot listen on ${host}:${port}: ${cause.message}.${taken}`, { cause }));
    });
    http.listen(port, host, resolve);
  });
}

async function close(http: Server, handler: McpHandler, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeIdleConnections();
  await handler.close(graceMs);
  http.closeAllConnections();
  await closed;
}
