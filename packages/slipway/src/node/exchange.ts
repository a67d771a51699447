import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Body,
  type BodyReader,
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

/** Whether a server is about to end, so that a connection is not to be used again. */
interface Ending {
  readonly soon: boolean;
}

const GOES_ON: Ending = { soon: false };

/** An exchange over `node:http`, without `Request` and `Response`. */
export class NodeExchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #headers: IncomingMessage["headers"];
  /** Whether the client waits for `100 Continue` before it sends the body. */
  #awaitsContinue: boolean;
  readonly #closing: Ending;
  #reads = false;
  /** Who gets the body, until it is whole or has failed. */
  #reader: BodyReader | undefined;
  #maxBytes = 0;
  #length = 0;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue = false,
    closing: Ending = GOES_ON,
  ) {
    this.#closing = closing;
    this.#request = request;
    this.#response = response;
    this.#headers = request.headers;
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
    const value: unknown = this.#headers[name];
    if (typeof value === "string") return value;
    // Else it is a list, or what every object has.
    return Array.isArray(value) ? value.join(", ") : undefined;
  }

  readBody(maxBytes: number, reader: BodyReader): void {
    const request = this.#request;
    if (request.readableEnded) {
      const what = "The body has been read already.";
      const advice = "Put the MCP endpoint before what reads bodies, such as express.json().";
      reader.fail(new Error(`${what} ${advice}`));
      return;
    }
    if (Number(this.#headers["content-length"]) > maxBytes) {
      reader.fail(tooLarge(maxBytes));
      return;
    }
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.#response.writeContinue();
    }
    this.#reads = true;
    this.#reader = reader;
    this.#maxBytes = maxBytes;
    (request as Reading)[EXCHANGE] = this;
    request.on("data", onData);
    request.on("end", onEnd);
    // It ends in "close", too.
    request.on("error", ignore);
    request.on("close", onClosed);
  }

  /** `false` when no more of the body is wanted. */
  received(chunk: Buffer): boolean {
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) {
      this.#reads = false;
      this.#fail(tooLarge(this.#maxBytes));
      return false;
    }
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#rest === undefined) this.#rest = [chunk];
    else this.#rest.push(chunk);
    return true;
  }

  ended(): void {
    const first = this.#first ?? Buffer.alloc(0);
    const bytes = this.#rest === undefined ? first : Buffer.concat([first, ...this.#rest]);
    this.#first = undefined;
    this.#rest = undefined;
    const text = bytes.toString("utf8");
    // Only what is not UTF-8, or holds the character itself, is read with it.
    if (text.includes("\ufffd") && !isUtf8(bytes)) {
      this.#fail(notReadable());
      return;
    }
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.take(text);
  }

  brokenOff(): void {
    this.#fail(notReadable());
  }

  #fail(error: Error): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.fail(error);
  }

  respond(status: number, headers: Headers, body?: Body): void {
    const response = this.#response;
    if (response.destroyed || response.headersSent) return;
    if (this.#closing.soon) response.shouldKeepAlive = false;
    const length = body === undefined && status === 204 ? undefined : lengthOf(body);
    const fields = withLength(headers, length);
    if (this.#leavesBody()) this.#respondAndClose(status, fields, body);
    else if (body === undefined) response.writeHead(status, fields).end();
    else if (typeof body === "string") {
      // What is ASCII throughout is the same in both, and written faster in the one.
      response.writeHead(status, fields).end(body, length === body.length ? "latin1" : "utf8");
    } else {
      response.writeHead(status, fields);
      response.cork();
      for (const part of body) response.write(part);
      response.end();
    }
    closeIfStalled(response);
  }

  /** Whether the client is sending what nobody will read, and maybe for ever. */
  #leavesBody(): boolean {
    if (this.#reads || this.#request.complete) return false;
    const headers = this.#headers;
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
    response.on("error", ignore);
    if (this.#closing.soon) response.shouldKeepAlive = false;
    response.writeHead(200, flat(headers));
    forgetHeaders(this.#request);
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
  for (let i = 0; i < headers.length; i++) {
    const field = headers[i] as Headers[number];
    out.push(field[0], field[1]);
  }
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

/** Under which a request has the exchange that reads it, so that listeners need not be made for each. */
const EXCHANGE = Symbol("exchange");

type Reading = IncomingMessage & { [EXCHANGE]: NodeExchange };

function onData(this: Reading, chunk: Buffer): void {
  if (!this[EXCHANGE].received(chunk)) this.off("data", onData);
}

function onEnd(this: Reading): void {
  this[EXCHANGE].ended();
}

function onClosed(this: Reading): void {
  if (!this.complete) this[EXCHANGE].brokenOff();
}

function ignore(): void {}

const NOTHING = undefined as unknown as IncomingMessage["headers"];

let parsesAnew: boolean | undefined;

/**
 * Lets go of what was parsed of a request's headers, as a stream may be open for hours. Node parses them anew should
 * somebody ask; where another runtime does not, they stay.
 */
function forgetHeaders(request: IncomingMessage): void {
  if (parsesAnew === false) return;
  const { headers } = request;
  request.headers = NOTHING;
  if (parsesAnew === true) return;
  parsesAnew = request.headers?.host === headers.host && request.headers !== headers;
  request.headers = parsesAnew ? NOTHING : headers;
}

/** An event stream. What is said in one turn goes out in one write, the first time with the headers. */
class ResponseSink implements ByteSink {
  readonly #response: ServerResponse;
  #pending = "";
  #flushes = false;
  #begun = false;
  #drained: Promise<void> | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    // Later than a first event, most of which are said a few promises from now: it takes the headers along.
    setImmediate(begin, this);
  }

  /** Sends the headers, if nothing has. */
  begin(): void {
    if (!this.#begun) this.flush();
  }

  write(text: string): void {
    if (this.#response.destroyed) return;
    this.#pending += text;
    if (this.#flushes) return;
    this.#flushes = true;
    process.nextTick(flush, this);
  }

  flush(): void {
    const response = this.#response;
    const text = this.#pending;
    this.#pending = "";
    this.#flushes = false;
    if (response.destroyed || response.writableEnded) return;
    if (text !== "") response.write(text);
    else if (!this.#begun) response.flushHeaders();
    this.#begun = true;
  }

  get ownTimer(): boolean {
    return false;
  }

  get buffered(): number {
    return this.#response.writableLength + this.#pending.length;
  }

  drained(): Promise<void> {
    this.flush();
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
    const text = this.#pending;
    this.#pending = "";
    this.#response.end(text);
    closeIfStalled(this.#response);
  }

  abort(): void {
    this.flush();
    this.#response.destroy();
  }
}

function flush(sink: ResponseSink): void {
  sink.flush();
}

function begin(sink: ResponseSink): void {
  sink.begin();
}
