import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Body,
  type ByteSink,
  type Exchange,
  type Headers,
  notReadable,
  tooLarge,
} from "../http/index.ts";

const LOOPBACK = /^(::1|127\.|::ffff:127\.)/;

/** A longer body that nobody reads is not worth its connection. */
const WORTH_READING_BYTES = 65_536;

/** How long a client that is still sending has to read the answer, before the connection closes. */
const LINGER_MS = 1_000;

/** How long a client may take nothing of a response that has ended, before the connection closes. */
const STALL_MS = 60_000;

/** An exchange over `node:http`, without `Request` and `Response`. */
export class NodeExchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  #awaitsContinue: boolean;
  #reads = false;

  constructor(request: IncomingMessage, response: ServerResponse, awaitsContinue = false) {
    this.#request = request;
    this.#response = response;
    this.#awaitsContinue = awaitsContinue;
  }

  get method(): string {
    return this.#request.method ?? "GET";
  }

  get url(): string {
    return this.#request.url ?? "/";
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  get local(): boolean {
    return LOOPBACK.test(this.#request.socket.localAddress ?? "");
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  readBody(maxBytes: number): Promise<string> {
    const request = this.#request;
    if (request.readableEnded) {
      throw new Error(
        "The body has been read already. Put the MCP endpoint before what reads bodies, such as express.json().",
      );
    }
    if (Number(request.headers["content-length"]) > maxBytes) return Promise.reject(tooLarge(maxBytes));
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.#response.writeContinue();
    }
    this.#reads = true;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const take = (chunk: Buffer) => {
        length += chunk.length;
        if (length <= maxBytes) {
          chunks.push(chunk);
          return;
        }
        request.off("data", take);
        this.#reads = false;
        reject(tooLarge(maxBytes));
      };
      request.on("data", take);
      request.on("end", () => {
        const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
        if (isUtf8(bytes)) resolve(bytes.toString("utf8"));
        else reject(notReadable());
      });
      request.on("error", () => reject(notReadable()));
      request.on("close", () => {
        if (!request.complete) reject(notReadable());
      });
    });
  }

  respond(status: number, headers: Headers, body?: Body): void {
    const response = this.#response;
    if (response.destroyed || response.headersSent) return;
    const length = body === undefined && status === 204 ? undefined : lengthOf(body);
    if (this.#leavesBody()) this.#respondAndClose(status, withLength(headers, length), body);
    else if (body === undefined || typeof body === "string") {
      response.writeHead(status, withLength(headers, length)).end(body);
    } else {
      response.writeHead(status, withLength(headers, length));
      response.cork();
      for (const part of body) response.write(part);
      response.end();
    }
    closeIfStalled(response);
  }

  /** Whether the client is sending what nobody will read, and maybe for ever. */
  #leavesBody(): boolean {
    const { headers, complete } = this.#request;
    if (this.#reads || complete) return false;
    return (
      this.#awaitsContinue ||
      headers["transfer-encoding"] !== undefined ||
      Number(headers["content-length"] ?? 0) > WORTH_READING_BYTES
    );
  }

  /** What the client sends is thrown away for a while, as a connection that closes at once takes the answer along. */
  #respondAndClose(status: number, headers: string[], body: Body | undefined): void {
    const request = this.#request;
    const response = this.#response;
    response.writeHead(status, [...headers, "connection", "close"]);
    response.flushHeaders();
    const parts = body === undefined ? [] : typeof body === "string" ? [body] : body;
    for (const part of parts) response.write(part);
    const timer = setTimeout(() => response.end(), LINGER_MS);
    request.on("close", () => {
      clearTimeout(timer);
      response.end();
    });
    request.resume();
  }

  stream(headers: Headers): ByteSink {
    const response = this.#response;
    // A write that meets a connection on its way down is no error of the program.
    response.on("error", () => {});
    response.writeHead(200, flat(headers));
    response.flushHeaders();
    return new ResponseSink(response);
  }

  onClose(listener: () => void): void {
    const response = this.#response;
    const closed = () => {
      if (!response.writableFinished) listener();
    };
    // Not at once, so that whoever asks has finished first.
    if (response.destroyed) process.nextTick(closed);
    else response.on("close", closed);
  }
}

function flat(headers: Headers): string[] {
  const out: string[] = [];
  for (const [name, value] of headers) out.push(name, value);
  return out;
}

function withLength(headers: Headers, length: number | undefined): string[] {
  const out = flat(headers);
  if (length !== undefined) out.push("content-length", String(length));
  return out;
}

function lengthOf(body: Body | undefined): number {
  if (body === undefined) return 0;
  if (typeof body === "string") return Buffer.byteLength(body);
  return body.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

/** Without this, what waits for a client that does not read would wait as long as its connection lives. */
function closeIfStalled(response: ServerResponse): void {
  if (response.writableLength > 0) response.setTimeout(STALL_MS, () => response.destroy());
}

class ResponseSink implements ByteSink {
  readonly #response: ServerResponse;
  #drained: Promise<void> | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  write(text: string): void {
    if (!this.#response.destroyed) this.#response.write(text);
  }

  get buffered(): number {
    return this.#response.writableLength;
  }

  drained(): Promise<void> {
    const response = this.#response;
    if (response.destroyed || !response.writableNeedDrain) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = () => {
        this.#drained = undefined;
        response.off("drain", done);
        response.off("close", done);
        resolve();
      };
      response.on("drain", done);
      response.on("close", done);
    });
    return this.#drained;
  }

  end(): void {
    this.#response.end();
    closeIfStalled(this.#response);
  }

  abort(): void {
    this.#response.destroy();
  }
}
