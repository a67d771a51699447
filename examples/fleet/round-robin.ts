import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream";

/** A request that a server has begun to answer. */
export interface Answered {
  readonly target: URL;
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
}

/** Hands each request to the next server in turn, whoever sent it: a load balancer without sticky sessions. */
export class RoundRobin {
  readonly #targets: readonly URL[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Servers that have said that nothing should be sent to them. */
  readonly #unready = new Set<URL>();
  #probing: ReturnType<typeof setInterval> | undefined;
  /** Whether connections to servers are kept for further requests: one that was killed takes such requests with it. */
  #agent: Agent | false = false;
  #next = 0;

  /** @param port to listen on; by default any free one */
  static async inFrontOf(targets: readonly string[], port = 0): Promise<RoundRobin> {
    const proxy = new RoundRobin(targets);
    proxy.#server.listen(port, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(targets: readonly string[]) {
    this.#targets = targets.map((target) => new URL(target));
    this.#server = createServer((incoming, outgoing) => {
      this.#forward(incoming, outgoing).catch(() => outgoing.destroy());
    });
    // Longer than clients think: one that is closed as a request comes takes that with it.
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Is told of each request that a server begins to answer. */
  onAnswer: (answered: Answered) => void = () => {};

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#targets[0]?.pathname ?? "/"}`;
  }

  /**
   * Asks each server again and again whether it is ready, sends nothing to those that are not, and keeps connections to
   * the others.
   */
  probe(everyMs: number): void {
    this.#agent = new Agent({ keepAlive: true });
    this.#probing = setInterval(() => {
      for (const target of this.#targets) void this.#look(target, everyMs);
    }, everyMs);
  }

  async #look(target: URL, everyMs: number): Promise<void> {
    try {
      const signal = AbortSignal.timeout(10 * everyMs);
      const { ok } = await fetch(new URL("/ready", target), { signal });
      if (ok) this.#unready.delete(target);
      else this.#unready.add(target);
    } catch {
      // Whether it takes connections is found out with each request; one that is slow to answer is there.
    }
  }

  /** Whether a server is sent requests. */
  sendsTo(url: string): boolean {
    return !this.#targets.some((target) => target.href === url && this.#unready.has(target));
  }

  /** Breaks connections of clients, all or those that are chosen. Answers with how many. */
  cut(chosen: () => boolean = () => true): number {
    let cuts = 0;
    for (const socket of this.#sockets) {
      if (!chosen()) continue;
      socket.resetAndDestroy();
      cuts++;
    }
    return cuts;
  }

  close(): void {
    clearInterval(this.#probing);
    if (this.#agent) this.#agent.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const body = Buffer.concat(parts);
    // Where nobody is ready, a server that says so is better than none.
    const anyReady = this.#unready.size < this.#targets.length;
    for (let left = this.#targets.length; left > 0; left--) {
      const target = this.#targets[this.#next++ % this.#targets.length] as URL;
      if (anyReady && this.#unready.has(target)) continue;
      const answer = await ask(target, this.#agent, incoming, body, outgoing);
      if (answer === undefined) continue;
      this.onAnswer({ target, request: incoming, body: body.toString(), response: outgoing });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      // Where either side breaks off, so does the other.
      pipeline(answer, outgoing, () => {});
      return;
    }
    outgoing.writeHead(503, { "retry-after": "1" }).end("No server takes connections now.");
  }
}

/**
 * Sends the request on. Answers with nothing when the server takes no connection: it has not seen the request, so that
 * the next one may have it.
 */
async function ask(
  { hostname, port }: URL,
  agent: Agent | false,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<IncomingMessage | undefined> {
  const { method, url: path, headers } = incoming;
  const { "transfer-encoding": _, connection: __, ...passed } = headers;
  const length = body.length > 0 ? { "content-length": body.length } : {};
  const onward = request({ hostname, port, method, path, headers: { ...passed, ...length }, agent });
  const stop = () => onward.destroy();
  outgoing.once("close", stop);
  onward.end(body);
  try {
    const [answer] = (await once(onward, "response")) as [IncomingMessage];
    return answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
    outgoing.off("close", stop);
    return undefined;
  } finally {
    // What breaks later, breaks the answer as well.
    onward.on("error", () => {});
  }
}
