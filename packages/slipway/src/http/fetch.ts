import { ERROR_CODES } from "../protocol/errors.ts";
import type { Body, BodyReader, ByteSink, Exchange, Headers as HeaderList } from "./exchange.ts";
import { HttpError } from "./http-error.ts";

const encoder = new TextEncoder();

/** An exchange over the Fetch API, for Bun, Deno, Workers, Hono, Next and the like. */
export class FetchExchange implements Exchange {
  readonly response: Promise<Response>;
  readonly method: string;
  readonly url: string;
  readonly remoteAddress = undefined;
  readonly local = undefined;
  readonly #request: Request;
  /** Taken at once, as not every runtime gives them out when the client has gone. */
  readonly #headers: Headers;
  readonly #onClose: (() => void)[] = [];
  #resolve!: (response: Response) => void;
  #state: "open" | "ended" | "left" = "open";

  constructor(request: Request) {
    this.#request = request;
    this.method = request.method;
    this.url = request.url;
    this.#headers = request.headers;
    this.response = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { signal } = request;
    if (signal?.aborted) this.#leave();
    else signal?.addEventListener("abort", () => this.#leave(), { once: true });
  }

  header(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  readBody(maxBytes: number, reader: BodyReader): void {
    this.#read(maxBytes).then(
      (text) => reader.take(text),
      (error: unknown) => reader.fail(error),
    );
  }

  async #read(maxBytes: number): Promise<string> {
    if (Number(this.header("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
    const { body, bodyUsed } = this.#request;
    if (bodyUsed) {
      throw new Error("The body has been read already. Hand on the request as it came, or a clone of it.");
    }
    if (body === null) return "";
    const decoder = new TextDecoder("utf-8", { fatal: true });
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

  respond(status: number, headers: HeaderList, body?: Body): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    const init = { status, headers: headersOf(headers) };
    this.#resolve(new Response(body === undefined ? null : bytesOf(body), init));
  }

  stream(headers: HeaderList): ByteSink {
    const sink = new StreamSink(
      () => this.#end(),
      () => this.#leave(),
    );
    if (this.#state === "left") sink.abort();
    else this.#resolve(new Response(sink.body, { status: 200, headers: headersOf(headers) }));
    return sink;
  }

  onClose(listener: () => void): void {
    if (this.#state === "open") this.#onClose.push(listener);
    // Not at once, so that whoever asks has finished first.
    else if (this.#state === "left") queueMicrotask(listener);
  }

  #end(): void {
    if (this.#state === "open") this.#state = "ended";
  }

  /** The client has gone. What the runtime still waits for is given to it, though nobody will see it. */
  #leave(): void {
    if (this.#state !== "open") return;
    this.#state = "left";
    this.#resolve(new Response(null, { status: 499 }));
    for (const listener of this.#onClose.splice(0)) listener();
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

function headersOf(headers: HeaderList): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}

function bytesOf(body: Body): string | Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return body;
  const parts = body.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `The body is larger than ${maxBytes} bytes.`);
}

export function notReadable(): HttpError {
  return new HttpError(400, "The body is not UTF-8, or broke off.", { code: ERROR_CODES.PARSE_ERROR });
}

/** What the runtime takes before it is asked for more, in bytes. */
const HIGH_WATER_MARK = 16_384;

class StreamSink implements ByteSink {
  readonly ownTimer = true;
  readonly body: ReadableStream<Uint8Array>;
  readonly #ended: () => void;
  readonly #left: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #open = true;
  #drained: Promise<void> | undefined;
  #wake = () => {};

  /**
   * @param ended called when the server ends the stream
   * @param left called when the client does, or is cut off
   */
  constructor(ended: () => void, left: () => void) {
    this.#ended = ended;
    this.#left = left;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#wake(),
        cancel: () => {
          this.#close();
          left();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK }),
    );
  }

  write(text: string): void {
    if (this.#open) this.#controller.enqueue(encoder.encode(text));
  }

  get buffered(): number {
    return this.#open ? Math.max(0, HIGH_WATER_MARK - (this.#controller.desiredSize ?? HIGH_WATER_MARK)) : 0;
  }

  drained(): Promise<void> {
    if (!this.#open || (this.#controller.desiredSize ?? 1) > 0) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      this.#wake = () => {
        this.#drained = undefined;
        this.#wake = () => {};
        resolve();
      };
    });
    return this.#drained;
  }

  end(): void {
    if (!this.#open) return;
    this.#close();
    this.#ended();
    this.#controller.close();
  }

  abort(): void {
    if (!this.#open) return;
    this.#close();
    this.#controller.error(new Error("The stream was cut off."));
    this.#left();
  }

  #close(): void {
    this.#open = false;
    this.#wake();
  }
}
