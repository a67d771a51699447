import { pino } from "pino";
import { type Logger, McpServer, type McpServerOptions } from "slipway";
import { type ServeOptions, serve } from "slipway/node";
import { observe } from "slipway/observe";
import { onTestFinished } from "vitest";
import type { Site } from "./symptom.ts";

export interface OpenSite extends Site {
  readonly server: McpServer;
  readonly port: number;
  close(graceMs?: number): Promise<void>;
}

/** Serves, watched as the page assumes it. The tools are the test's. */
export async function site(
  tools: (server: McpServer) => void,
  options: ServeOptions | ((logger: Logger) => ServeOptions | Promise<ServeOptions>) = {},
  settings: Partial<McpServerOptions> = {},
): Promise<OpenSite> {
  const log: string[] = [];
  const lines = pino({ level: "debug" }, { write: (line: string) => void log.push(line.trimEnd()) });
  const observing = await observe({ metrics: true, logs: { logger: lines } });
  const { endpoints, logger } = observing;
  const server = new McpServer({ name: "on-call", version: "1.0.0", logger, ...settings });
  tools(server);
  const given = typeof options === "function" ? await options(logger) : options;
  const running = await serve(server, { port: 0, observe: observing, endpoints, ...given });
  let closed: Promise<void> | undefined;
  const close = (graceMs = 0) => {
    closed ??= running.close(graceMs).then(() => observing.close());
    return closed;
  };
  onTestFinished(() => close());
  return { url: running.url, port: running.port, server, log, close };
}
