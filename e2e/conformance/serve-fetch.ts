// The everything server through the handler for runtimes of the Fetch API, on Node's HTTP server.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { InMemorySessionAdapter, StreamableHttpTransport } from "slipway";
import { createServer } from "../../examples/everything/server.ts";

const handle = new StreamableHttpTransport({ sessionAdapter: new InMemorySessionAdapter() }).bind(
  createServer(),
);

const http = createHttpServer((incoming, outgoing) => void answer(incoming, outgoing));
http.listen(Number(process.env["PORT"] ?? 4100), "127.0.0.1", () => {
  console.log(`Everything is served at http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
});
process.once("SIGTERM", async () => {
  http.close();
  await handle.close();
  http.closeAllConnections();
});

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const response = await handle(requestOf(incoming, outgoing));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) outgoing.end();
  // A client that goes away breaks the pipe; the request's signal has told the handler.
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing).catch(() => {});
}

/** As such runtimes make it: the URL is of the host that the client named. */
function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const { method = "GET", headers, url = "/" } = incoming;
  return new Request(`http://${headers.host}${url}`, {
    method,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value]] : [],
    ),
    signal: gone.signal,
    ...(method === "POST" && { body: Readable.toWeb(incoming), duplex: "half" }),
  } as RequestInit);
}
