import { ERROR_CODES } from "../protocol/errors.ts";
import type { Body, ByteSink, Exchange, Headers } from "./exchange.ts";
import { HttpError } from "./http-error.ts";

const encoder = new TextEncoder();

/** An exchange over the Fetch API, for Bun, Deno, Workers, Hono, Next and the like. */
export class FetchExchange implements Exchange {
  readonly response: Promise<Response>;
  readonly #request: Request;
  #resolve!: (response: Response) => void;
  readonly #closed: (() => void)[] = [];
  #done = false;

  constructor(request: Request) {
    this.#request = request;
    this.response = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    request.signal?.addEventListener("abort", () => this.#leave(), { once: true });
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): string {
    return this.#request.url;
  }

  get remoteAddress(): undefined {
    return undefined;
  }

  get local(): undefined {
    return undefined;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  async readBody(maxBytes: number): Promise<string> {
    const declared = Number(this.header("content-length") ?? 0);
    if (declared > maxBytes) throw tooLarge(maxBytes);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const { body } = this.#request;
    if (body === null) return "";
    let text = "";
    let length = 0;
    try {
      for await (const chunk of readAll(body)) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge(maxBytes);
        text += decoder.decode(chunk, { stream: true });
      }
      return text + decoder.decode();
    } catch (error) {
      throw error instanceof HttpError ? error : notReadable();
    }
  }

  respond(status: number, headers: Headers, body?: Body): void {
    this.#done = true;
    const init = { status, headers: headersOf(headers) };
    this.#resolve(
      new Response(body === undefined ? null : typeof body === "string" ? body : joined(body), init),
    );
  }

  stream(headers: Headers): ByteSink {
    const sink = new StreamSink(() => this.#leave());
    this.#resolve(new Response(sink.body, { status: 200, headers: headersOf(headers) }));
    return sink;
  }

  onClose(listener: () => void): void {
    if (this.#request.signal?.aborted) queueMicrotask(listener);
    else this.#closed.push(listener);
  }

  #leave(): void {
    if (this.#done) return;
    this.#done = true;
    for (const listener of this.#closed) listener();
  }
}

/** Readers rather than `for await` on the stream, which not every runtime has. */
async function* readAll(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function headersOf(headers: Headers): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}

function joined(parts: readonly (string | Uint8Array<ArrayBuffer>)[]): Blob {
  return new Blob([...parts]);
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `The body is larger than ${maxBytes} bytes.`);
}

export function notReadable(): HttpError {
  return new HttpError(400, "The body is not UTF-8, or broke off.", { code: ERROR_CODES.PARSE_ERROR });
}

class StreamSink implements ByteSink {
  readonly body: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #waiting: (() => void)[] = [];
  #open = true;

  constructor(cancelled: () => void) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#wake(),
        cancel: () => {
          this.#close();
          cancelled();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 16_384 }),
    );
  }

  write(text: string): void {
    if (this.#open) this.#controller.enqueue(encoder.encode(text));
  }

  get buffered(): number {
    return this.#open ? Math.max(0, 16_384 - (this.#controller.desiredSize ?? 16_384)) : 0;
  }

  drained(): Promise<void> {
    if (!this.#open || (this.#controller.desiredSize ?? 1) > 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    if (!this.#open) return;
    this.#close();
    this.#controller.close();
  }

  abort(): void {
    if (!this.#open) return;
    this.#close();
    this.#controller.error(new Error("The stream was cut off."));
  }

  #close(): void {
    this.#open = false;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
