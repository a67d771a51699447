import type { McpServer } from "slipway";
import { type ServeOptions, serve } from "slipway/node";
import { keepsSessions, port, ready } from "../shared/process.ts";

export async function serveHttp(server: McpServer, options: ServeOptions = {}): Promise<void> {
  await serve(server, { ...options, port, ...(!keepsSessions && { sessionAdapter: null }) });
  ready();
}
