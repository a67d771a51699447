import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { RoundRobin } from "../../examples/fleet/round-robin.ts";

export interface ProxyOptions {
  /** How long the server may be silent before the proxy hangs up, in milliseconds: `proxy_read_timeout` of nginx. */
  readonly readTimeoutMs?: number;
  /** Keeps a response until it is whole: `proxy_buffering on`, where `X-Accel-Buffering` is ignored. */
  readonly buffers?: boolean;
}

export interface Proxy {
  readonly url: string;
  /** Sends further requests to another server, as after a deploy. */
  moveTo(target: string): void;
}

/** A reverse proxy, as they are in front of servers. */
export async function proxied(first: string, options: ProxyOptions = {}): Promise<Proxy> {
  const { readTimeoutMs = 0, buffers = false } = options;
  let target = first;
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = "/" } = incoming;
    const onward = request(new URL(url, target), { method, headers, agent: false });
    const hangUp = () => {
      onward.destroy();
      outgoing.destroy();
    };
    onward.on("error", hangUp);
    onward.on("response", (answer) => {
      if (readTimeoutMs > 0) onSilence(answer, readTimeoutMs, hangUp);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (!buffers) outgoing.flushHeaders();
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => {
        if (buffers) parts.push(part);
        else outgoing.write(part);
      });
      answer.on("end", () => outgoing.end(Buffer.concat(parts)));
      answer.on("error", hangUp);
    });
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  // Longer than clients keep a connection, so that none is closed under a request.
  server.keepAliveTimeout = 65_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { pathname } = new URL(first);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    moveTo(next) {
      target = next;
    },
  };
}

/** On a busy machine what has been sent in time may be read late, which is no silence. */
const LATE_MS = 150;

function onSilence(answer: IncomingMessage, ms: number, then: () => void): void {
  let heard = 0;
  const listen = () => {
    const before = heard;
    const late = () => (heard === before ? then() : listen());
    timer = setTimeout(() => {
      timer = setTimeout(late, LATE_MS);
    }, ms);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  answer.on("data", () => heard++);
  answer.on("close", () => clearTimeout(timer));
  listen();
}

/** Sends each request to the next server: a load balancer without stickiness. */
export async function balanced(targets: readonly string[]): Promise<string> {
  const balancer = await RoundRobin.inFrontOf(targets);
  onTestFinished(() => balancer.close());
  return balancer.url;
}
