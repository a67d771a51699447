import type { McpServer } from "slipway";
import { serve } from "slipway/node";
import { keepsSessions, port, ready } from "../shared/process.ts";

export async function serveHttp(server: McpServer): Promise<void> {
  await serve(server, keepsSessions ? { port } : { port, sessionAdapter: null });
  ready();
}
