import { getRequestListener } from "@hono/node-server";
import { HttpTransport } from "@tmcp/transport-http";
import { listen } from "../shared/process.ts";
import type { newServer } from "./server.ts";

export function serveHttp(server: ReturnType<typeof newServer>): void {
  const transport = new HttpTransport(server, { path: "/mcp" });
  listen(
    getRequestListener(
      async (request) => (await transport.respond(request)) ?? new Response(null, { status: 404 }),
    ),
  );
}
