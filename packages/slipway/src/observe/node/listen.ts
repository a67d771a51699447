import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpAnswer } from "../../ports/index.ts";

const { createServer } = process.getBuiltinModule("node:http");

/** What a browser that was sent here by a page's name would not call it. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\]|localhost)(:\d+)?$/i;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers GET requests for one path, on a port of its own. It keeps no process alive.
 * @throws Error when the port cannot be listened on
 */
export async function listen(
  path: string,
  answer: () => Promise<HttpAnswer>,
  port: number,
  host: string,
): Promise<Listening> {
  const local = LOOPBACK.test(host);
  const server = createServer((request, response) => {
    respond(path, answer, local, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await opened(server, port, host);
  server.unref();
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  path: string,
  answer: () => Promise<HttpAnswer>,
  local: boolean,
  { method, url = "/", headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, text: string, more = {}) =>
    void response.writeHead(status, { "content-type": "text/plain", ...more }).end(`${text}\n`);
  if (local && headers.host !== undefined && !ADDRESS.test(headers.host))
    return refuse(403, "This port is asked by its address.");
  if (url.split("?", 1)[0] !== path) return refuse(404, `Not found. The metrics are at ${path}.`);
  if (method !== "GET" && method !== "HEAD")
    return refuse(405, "This path takes GET.", { allow: "GET, HEAD" });
  const { status, headers: given, body = "" } = await answer();
  response.writeHead(status, given.flat() as string[]);
  response.end(method === "HEAD" ? undefined : body);
}

function opened(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE" ? " Another program uses it; choose another port." : "";
      reject(new Error(`Metrics cannot be served on ${host}:${port}: ${cause.message}.${taken}`, { cause }));
    });
    // Of a cluster's workers each has its own.
    server.listen({ port, host, exclusive: true }, resolve);
  });
}
