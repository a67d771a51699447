import type { FastMCP } from "fastmcp";
import { keepsSessions, port, ready } from "../shared/process.ts";

interface Options {
  /** Whether answers are JSON, where the library lets the application choose. Default: true. */
  json?: boolean;
}

export async function serveHttp(server: FastMCP, { json = true }: Options = {}): Promise<void> {
  await server.start({
    transportType: "httpStream",
    httpStream: { port, host: "127.0.0.1", stateless: !keepsSessions, enableJsonResponse: json },
  });
  ready();
}
