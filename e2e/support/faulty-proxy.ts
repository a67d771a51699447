import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
  request as send,
} from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

/** What a proxy does to what passes through it. */
export interface Faults {
  /** Holds each response back until it is complete; `body` lets its head through, `rest` also what comes with that. */
  readonly buffers?: "all" | "body" | "rest";
  /** Chooses the target by the request; undefined: takes turns. */
  readonly route?: (headers: IncomingHttpHeaders) => number | undefined;
  /** Changes a request's headers. Where `Host` is left as it is, the target sees the proxy's. */
  readonly request?: (headers: IncomingHttpHeaders, url: string) => void;
  /** Changes a response's headers, and may give another status. */
  readonly response?: (headers: OutgoingHttpHeaders, message: Passing) => number | undefined;
  /** Changes JSON of responses. */
  readonly body?: (text: string, request: IncomingMessage) => string;
  /** Answers by itself. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Breaks a connection on which nothing is sent for so long, in milliseconds. */
  readonly idleMs?: number;
  readonly tls?: ServerOptions;
}

interface Passing {
  readonly request: IncomingMessage;
  readonly status: number;
  /** Which of the targets has answered. */
  readonly target: number;
}

/** A proxy in front of one or several servers, as it should not be. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #targets: readonly URL[];
  readonly #faults: Faults;
  #turn = 0;

  static async start(targets: readonly string[], faults: Faults = {}): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(
      targets.map((target) => new URL(target)),
      faults,
    );
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  private constructor(targets: readonly URL[], faults: Faults) {
    this.#targets = targets;
    this.#faults = faults;
    const listener = (request: IncomingMessage, response: ServerResponse) => this.#pass(request, response);
    this.#server =
      faults.tls === undefined ? createServer(listener) : createSecureServer(faults.tls, listener);
  }

  /** The address of the endpoint through it. @param host another name of this machine */
  url(host = "127.0.0.1"): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#faults.tls === undefined ? "http" : "https"}://${host}:${port}/mcp`;
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { route, answer, idleMs } = this.#faults;
    if (answer?.(request, response)) return;
    const headers = { ...request.headers };
    this.#faults.request?.(headers, request.url ?? "");
    const chosen = route?.(headers) ?? this.#turn++ % this.#targets.length;
    const target = this.#targets[chosen] as URL;
    const url = new URL(request.url ?? "", target);
    const forwarded = send(url, { method: request.method ?? "GET", headers });
    response.on("close", () => forwarded.destroy());
    forwarded.on("error", () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { "content-type": "text/html" }).end("<h1>502 Bad Gateway</h1>");
    });
    forwarded.on("response", (answered) => {
      const changed: OutgoingHttpHeaders = { ...answered.headers };
      delete changed["connection"];
      delete changed["keep-alive"];
      const status = answered.statusCode ?? 0;
      const isJson = /json/.test(answered.headers["content-type"] ?? "");
      const body = isJson ? this.#faults.body : undefined;
      const buffers = body === undefined ? this.#faults.buffers : "all";
      const other = this.#faults.response?.(changed, { request, status, target: chosen });
      const head = () => response.writeHead(other ?? status, changed);
      if (buffers !== "all") {
        head();
        response.flushHeaders();
      }
      let timer: NodeJS.Timeout | undefined;
      const held: Buffer[] = [];
      let began = false;
      const wait = () => {
        clearTimeout(timer);
        if (idleMs !== undefined) timer = setTimeout(() => response.destroy(), idleMs);
      };
      wait();
      answered.on("data", (bytes: Buffer) => {
        wait();
        const isFirst = !began;
        began = true;
        if (buffers === undefined || (buffers === "rest" && isFirst)) response.write(bytes);
        else held.push(bytes);
      });
      answered.on("error", () => response.destroy());
      answered.on("end", () => {
        clearTimeout(timer);
        const text = Buffer.concat(held);
        const sent = body === undefined ? text : body(text.toString(), request);
        if (typeof sent === "string") delete changed["content-length"];
        if (buffers === "all") head();
        response.end(sent);
      });
    });
    request.pipe(forwarded);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Has the target see a request as its own: behind most proxies its name is another. */
export function asOwn(target: string): NonNullable<Faults["request"]> {
  return (headers) => {
    headers["host"] = new URL(target).host;
  };
}
