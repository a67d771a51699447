import type { IncomingMessage, ServerResponse } from "node:http";
import type { HandlerOptions, McpHandler } from "../http/index.ts";
import { NodeExchange } from "./exchange.ts";

export interface ListenerOptions {
  /** Finds whom an earlier step (a middleware of the application) has authenticated. */
  auth?: (request: IncomingMessage) => HandlerOptions["auth"];
}

/**
 * A listener for `http.createServer`, Express, Fastify's raw requests and the like. The body must not have
 * been read before.
 */
export function nodeListener(
  handler: McpHandler,
  options: ListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const { auth } = options;
  if (auth === undefined) {
    return (request, response) => handler.handle(new NodeExchange(request, response));
  }
  return (request, response) => {
    const named = auth(request);
    handler.handle(new NodeExchange(request, response), named === undefined ? {} : { auth: named });
  };
}
