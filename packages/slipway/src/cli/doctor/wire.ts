import {
  Agent as HttpAgent,
  request as http,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as https } from "node:https";
import { MAX_TIMER_MS } from "../../protocol/timer.ts";

export interface Sent {
  readonly method?: string;
  /** Default: the endpoint's. */
  readonly url?: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Leaves out what says who asks. */
  readonly anonymous?: boolean;
}

/**
 * HTTP as it goes over the wire, where a client's `fetch` would hide what matters here: each request has a connection of
 * its own, may name any host, and what comes back is told with its time.
 */
export class Wire {
  readonly url: URL;
  /** What says who asks. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long the beginning of an answer may take */
  constructor(url: URL, credentials: Readonly<Record<string, string>>, timeoutMs: number) {
    this.url = url;
    this.credentials = credentials;
    this.#timeoutMs = timeoutMs;
  }

  /** Sends a request, and comes back with the beginning of the answer. @throws Error when there is none */
  open({ method = "POST", url = this.url, headers = {}, body, anonymous = false }: Sent): Promise<Answer> {
    const secure = url.protocol === "https:";
    // Kept, so that the server says how long it keeps connections, and never used again.
    const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    const sentAt = Date.now();
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http)(url, {
        method,
        agent,
        // Else it would be the Host header's, which may be any name here.
        ...(secure && { servername: isAddress(url.hostname) ? "" : url.hostname }),
        headers: {
          ...(url.origin === this.url.origin && !anonymous && this.credentials),
          ...headers,
          ...(body !== undefined && { "content-length": Buffer.byteLength(body) }),
        },
      });
      const late = setTimeout(
        () => request.destroy(new Error(`no answer within ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      );
      request.once("error", (error) => {
        clearTimeout(late);
        agent.destroy();
        reject(new Error(reasonOf(error), { cause: error }));
      });
      request.once("response", (response) => {
        clearTimeout(late);
        // What breaks now is told by the answer.
        request.on("error", () => {});
        const close = () => {
          request.destroy();
          agent.destroy();
        };
        resolve(new Answer(response, begin, sentAt, close));
      });
      request.end(body);
    });
  }

  /** Sends a request, and comes back with the whole answer. */
  async send(sent: Sent): Promise<Reply> {
    const answer = await this.open(sent);
    try {
      const text = await answer.text(this.#timeoutMs);
      return { status: answer.status, headers: answer.headers, text, answer };
    } finally {
      answer.close();
    }
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly answer: Answer;
}

/** Something that came: bytes, or the end. */
export type Arrival =
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly afterMs: number }
  | { readonly kind: "end"; readonly afterMs: number }
  /** Nothing in time. */
  | { readonly kind: "silence" };

/** A response whose body comes as it comes. Times count from the request on, in milliseconds. */
export class Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly httpVersion: string;
  /** When the request was sent, and how long the head of the response took. */
  readonly sentAt: number;
  readonly headAfterMs: number;
  readonly #begin: number;
  readonly #arrived: Exclude<Arrival, { kind: "silence" }>[] = [];
  readonly #close: () => void;
  #wake = () => {};

  constructor(response: IncomingMessage, begin: number, sentAt: number, close: () => void) {
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.httpVersion = response.httpVersion;
    this.sentAt = sentAt;
    this.#begin = begin;
    this.#close = close;
    this.headAfterMs = this.#now();
    response.on("data", (bytes: Buffer) => this.#add({ kind: "bytes", bytes, afterMs: this.#now() }));
    response.once("close", () => this.#add({ kind: "end", afterMs: this.#now() }));
    response.on("error", () => {});
  }

  #now(): number {
    return Math.round(performance.now() - this.#begin);
  }

  #add(arrival: Exclude<Arrival, { kind: "silence" }>): void {
    this.#arrived.push(arrival);
    this.#wake();
  }

  get isEventStream(): boolean {
    return /^\s*text\/event-stream\b/i.test(this.headers["content-type"] ?? "");
  }

  /** The next thing that comes. */
  async next(withinMs: number): Promise<Arrival> {
    const arrival = this.#arrived.shift();
    if (arrival !== undefined) return arrival;
    let late: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      late = setTimeout(resolve, Math.min(Math.max(withinMs, 0), MAX_TIMER_MS));
    });
    clearTimeout(late);
    return this.#arrived.shift() ?? { kind: "silence" };
  }

  /** All that comes until the end, or until nothing comes any more. */
  async text(withinMs: number): Promise<string> {
    const parts: Buffer[] = [];
    for (let length = 0; length < MAX_BYTES; ) {
      const arrival = await this.next(withinMs);
      if (arrival.kind !== "bytes") break;
      parts.push(arrival.bytes);
      length += arrival.bytes.length;
    }
    return Buffer.concat(parts).toString("utf8");
  }

  close(): void {
    this.#close();
  }
}

export function isAddress(hostname: string): boolean {
  return /^(\[.*\]|[\d.]+)$/.test(hostname);
}

/** More than this of one answer is not read. */
const MAX_BYTES = 4 * 1024 * 1024;

function reasonOf(error: Error & { code?: string }): string {
  // Of several addresses that were tried, the first one's.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.message || error.code || "the connection failed";
}
