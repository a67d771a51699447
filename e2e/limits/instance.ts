import { McpServer } from "slipway";
import { type LimitsOptions, limits } from "slipway/limits";
import { type RunningServer, serve } from "slipway/node";

/** What an instance of a server was told by its log. */
export interface Instance extends RunningServer {
  readonly log: string[];
  /** Calls its tool, with what came back and how long it took, in milliseconds. */
  call(): Promise<{ status: number; retryAfter: string | null; ms: number }>;
}

let nextId = 1;

/** One instance of a server whose callers are all the same principal. */
export async function startInstance(options: LimitsOptions): Promise<Instance> {
  const log: string[] = [];
  const keep = (message: string) => void log.push(message);
  const logger = { error: keep, warn: keep, info: () => {}, debug: () => {} };
  const server = new McpServer({ name: "limited", version: "1.0.0", logger });
  server.tool("plain", { handler: () => "plain" });
  const bounds = limits({ ...options, logger });
  const running = await serve(server, {
    port: 0,
    limits: bounds,
    sessionAdapter: null,
    authenticate: () => ({ subject: "ada", tenant: "acme" }),
  });
  return {
    ...running,
    log,
    async call() {
      const begun = performance.now();
      const response = await fetch(running.url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: nextId++,
          method: "tools/call",
          params: { name: "plain" },
        }),
      });
      await response.text();
      return {
        status: response.status,
        retryAfter: response.headers.get("retry-after"),
        ms: performance.now() - begun,
      };
    },
  };
}
