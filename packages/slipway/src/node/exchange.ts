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

/** An exchange over `node:http`, without `Request` and `Response`. */
export class NodeExchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
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
    return new Promise((resolve, reject) => {
      const request = this.#request;
      const chunks: Buffer[] = [];
      let length = 0;
      request.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length <= maxBytes) chunks.push(chunk);
        else if (chunks.length > 0 || length > maxBytes) {
          chunks.length = 0;
          // The rest is of no interest, and the client may send it for ever.
          this.#response.once("finish", () => request.destroy());
          reject(tooLarge(maxBytes));
        }
      });
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
    if (body === undefined) {
      response.writeHead(status, withLength(headers, status === 204 ? undefined : 0)).end();
    } else if (typeof body === "string") {
      response.writeHead(status, withLength(headers, Buffer.byteLength(body))).end(body);
    } else {
      this.#respondInParts(status, headers, body);
    }
  }

  #respondInParts(status: number, headers: Headers, parts: Exclude<Body, string>): void {
    const response = this.#response;
    const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    response.writeHead(status, withLength(headers, length));
    response.cork();
    for (const part of parts) response.write(part);
    response.end();
  }

  stream(headers: Headers): ByteSink {
    const response = this.#response;
    response.writeHead(200, flat(headers));
    response.flushHeaders();
    return new ResponseSink(response);
  }

  onClose(listener: () => void): void {
    const response = this.#response;
    const left = () => {
      if (!response.writableFinished) listener();
    };
    if (response.closed) queueMicrotask(left);
    else response.on("close", left);
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

class ResponseSink implements ByteSink {
  readonly #response: ServerResponse;

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
    return new Promise((resolve) => {
      const done = () => {
        response.off("drain", done);
        response.off("close", done);
        resolve();
      };
      response.on("drain", done);
      response.on("close", done);
    });
  }

  end(): void {
    this.#response.end();
  }

  abort(): void {
    this.#response.destroy();
  }
}
