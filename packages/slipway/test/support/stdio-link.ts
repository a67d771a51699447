import { PassThrough } from "node:stream";
import type { McpServer } from "slipway";
import { type StdioOptions, type StdioServer, serveStdio } from "slipway/stdio";
import { type Id, isRequest, isResponse, type Message } from "./messages.ts";
import { Stream } from "./stream.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

/** What a stream on the pipe waits for. */
export interface StdioWait {
  readonly id?: Id | undefined;
  /** The progress token of the request. */
  readonly token?: Id | undefined;
  /** Whether the request is `subscriptions/listen`. */
  readonly listens?: boolean;
  /** Takes everything that is not a response, and never ends by itself. */
  readonly all?: boolean;
  /** Whether the answer may come without an id, since what was sent cannot be read. */
  readonly unreadable?: boolean;
  readonly cancel?: (stream: Stream, reason: string | undefined) => Promise<void>;
}

/** Both ends of a pipe to a server in this process. */
export class StdioLink {
  readonly server: StdioServer;
  /** Every line that the server wrote. */
  readonly lines: string[] = [];
  readonly #input = new PassThrough();
  readonly #output = new PassThrough();
  readonly #open = new Map<Stream, StdioWait>();
  readonly #received: (message: Message) => void;
  #rest = "";

  constructor(server: McpServer, options: StdioOptions, received: (message: Message) => void) {
    this.#received = received;
    const decoder = new TextDecoder("utf-8", { fatal: true });
    this.#output.on("data", (chunk: Uint8Array) => this.#take(decoder.decode(chunk, { stream: true })));
    this.server = serveStdio(server, {
      input: this.#input,
      output: this.#output,
      signals: false,
      graceMs: 200,
      ...options,
    });
    void this.server.closed.then(() => {
      for (const stream of this.#open.keys()) stream.finish();
      this.#open.clear();
    });
  }

  /** Writes bytes as they are. */
  write(bytes: string | Uint8Array): void {
    this.#input.write(bytes);
  }

  /** The client closes its end. */
  end(): void {
    this.#input.end();
  }

  wait(wait: StdioWait): Stream {
    const stream: Stream = new Stream(
      wait.id,
      () => {
        this.#open.delete(stream);
        stream.finish(true);
      },
      async (reason) => wait.cancel?.(stream, reason),
    );
    stream.begin({ status: 0, headers: new Headers() });
    this.#open.set(stream, wait);
    return stream;
  }

  async close(): Promise<void> {
    if (!this.#input.writableEnded) this.#input.end();
    await this.server.closed;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    this.lines.push(line);
    const parsed = JSON.parse(line) as Message | Message[];
    const messages = Array.isArray(parsed) ? parsed : [parsed];
    for (const message of messages) this.#received(message);
    for (const [stream, wait] of this.#open) {
      const own = messages.filter((message) => this.#belongs(message, stream, wait));
      if (own.length === 0) continue;
      stream.text += `${line}\n`;
      for (const message of own) stream.messages.push(message);
      const answered =
        own.some((message) => isResponse(message)) || (wait.unreadable === true && Array.isArray(parsed));
      if (!answered) continue;
      this.#open.delete(stream);
      stream.finish();
    }
  }

  #belongs(message: Message, stream: Stream, wait: StdioWait): boolean {
    if (wait.all) return !isResponse(message);
    if (isResponse(message)) {
      return message.id === undefined
        ? wait.unreadable === true
        : wait.id === message.id || wait.unreadable === true;
    }
    if (isRequest(message)) return !wait.listens;
    const subscription = message.params?._meta?.[SUBSCRIPTION];
    if (wait.listens) {
      return message.method === "notifications/cancelled"
        ? message.params?.requestId === wait.id
        : subscription === wait.id;
    }
    if (subscription !== undefined || message.method === "notifications/cancelled") return false;
    const token = message.params?.progressToken;
    return token === undefined || token === wait.token || !this.#tokenOfAnother(token, stream);
  }

  #tokenOfAnother(token: Id, stream: Stream): boolean {
    return [...this.#open].some(([other, wait]) => other !== stream && wait.token === token);
  }
}
