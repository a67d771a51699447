import type { DurableObjectStore } from "./store.ts";

/** What is used of the transport's handler. */
export interface RequestHandler {
  (request: Request): Promise<Response>;
  close(graceMs?: number): Promise<void>;
  readonly load: { readonly streams: number; readonly calls: number };
}

export interface ServeRequestOptions {
  /** The store that the handler uses; it is closed with it. */
  store: DurableObjectStore;
  /** The context that the Worker's `fetch` was given. */
  ctx: { waitUntil(promise: Promise<unknown>): void };
  /**
   * How long tasks may go on when all else has ended, in milliseconds. Default 25 seconds; Cloudflare lets no request do
   * anything for longer than 30 seconds after its response.
   */
  graceMs?: number;
}

const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 1_000;

/**
 * Serves a request by a handler that was made for it, and then ends the handler and its store: a connection that is left
 * open would keep the Worker's request alive, and be paid for.
 *
 * @example
 * const store = durableObjectStore(env.SLIPWAY);
 * const transport = new StreamableHttpTransport({ store });
 * return serveRequest(transport.bind(createServer()), request, { store, ctx });
 */
export async function serveRequest(
  handler: RequestHandler,
  request: Request,
  { store, ctx, graceMs = 25_000 }: ServeRequestOptions,
): Promise<Response> {
  const response = handle(handler, request, store);
  ctx.waitUntil(end(response, handler, store, graceMs));
  return response;
}

async function handle(
  handler: RequestHandler,
  request: Request,
  store: DurableObjectStore,
): Promise<Response> {
  // What is told from now on is what such a request is for.
  if (request.method === "GET" || request.headers.get("mcp-method") === "subscriptions/listen")
    await store.listening();
  return handler(request);
}

async function end(
  response: Promise<Response>,
  handler: RequestHandler,
  store: DurableObjectStore,
  graceMs: number,
): Promise<void> {
  try {
    await response;
    for (let lookMs = FIRST_LOOK_MS; isServing(handler); lookMs = Math.min(1.5 * lookMs, LONGEST_LOOK_MS))
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    await handler.close(graceMs);
  } finally {
    await store.close();
  }
}

function isServing({ load }: RequestHandler): boolean {
  return load.streams > 0 || load.calls > 0;
}
