import { messagesIn } from "../batch.ts";
import { Correlator } from "../correlator.ts";
import { ClientError } from "../errors.ts";
import type { RawMessage } from "../raw-message.ts";
import type { ClientTransport, Listener, RawRequest, TransportEvents } from "../transport.ts";
import { chunksOf, isEventStream } from "./body.ts";
import type { HttpTransportOptions } from "./options.ts";
import { Requests, statusError } from "./requests.ts";
import { SseReader } from "./sse-reader.ts";

/** How long the server may take to say where messages are to be posted, in milliseconds. */
const ENDPOINT_MS = 15_000;

/**
 * HTTP+SSE, the transport that Streamable HTTP replaced: all that the server says comes on one stream, and messages are
 * posted to an address that the server names on it. A client falls back on it by itself.
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export class HttpSseTransport implements ClientTransport {
  readonly mirrorsHeaders = false;
  readonly cancelsByClosing = false;
  readonly #requests: Requests;
  readonly #maxBytes: number;
  #correlator = new Correlator();
  #endpoint = "";
  #open = new AbortController();

  /** @param url where the stream is */
  constructor(url: string | URL, options: HttpTransportOptions = {}) {
    this.#requests = new Requests(String(url), options);
    this.#maxBytes = options.maxMessageBytes ?? 64 * 1024 * 1024;
  }

  async open(events: TransportEvents): Promise<void> {
    this.#open.abort();
    const open = new AbortController();
    this.#open = open;
    const correlator = new Correlator();
    this.#correlator = correlator;
    const late = setTimeout(() => open.abort(noEndpoint()), ENDPOINT_MS);
    try {
      const headers = { accept: "text/event-stream" };
      const response = await this.#requests.send({ method: "GET", headers, signal: open.signal });
      if (!response.ok || !isEventStream(response)) throw await statusError(response, this.#maxBytes);
      await new Promise<void>((resolve, reject) => {
        const found = (endpoint: string) => {
          this.#endpoint = endpoint;
          resolve();
        };
        const end = (lost: unknown) => {
          reject(lost);
          correlator.fail(lost);
          if (!open.signal.aborted) events.lost(lost as Error);
        };
        const over = () => end(new ClientError("connection", "The server closed the event stream."));
        this.#read(response, correlator, events, found).then(over, end);
      });
    } finally {
      clearTimeout(late);
    }
  }

  async #read(
    response: Response,
    correlator: Correlator,
    events: TransportEvents,
    found: (endpoint: string) => void,
  ): Promise<void> {
    const reader = new SseReader(this.#maxBytes);
    for await (const chunk of chunksOf(response)) {
      for (const { event, data } of reader.push(chunk)) {
        if (event === "endpoint") found(this.#addressOf(data));
        else
          for (const message of messagesIn(data)) if (!correlator.receive(message)) events.message(message);
      }
    }
  }

  /** @throws ClientError `protocol` when it is on another server, which must not get this one's credentials */
  #addressOf(endpoint: string): string {
    const url = new URL(endpoint, this.#requests.url);
    if (url.origin === new URL(this.#requests.url).origin) return url.href;
    throw new ClientError(
      "protocol",
      `The server wants messages to be posted to another origin: ${url.origin}`,
    );
  }

  agree(): void {}

  async exchange(request: RawRequest, listener?: Listener): Promise<RawMessage> {
    const response = this.#correlator.expect(request, listener);
    // Whichever fails first says why; the other one is of no interest then.
    response.catch(() => {});
    await this.#post(request.text, request.signal);
    return response;
  }

  send(text: string): Promise<void> {
    return this.#post(text, undefined);
  }

  async #post(body: string, signal: AbortSignal | undefined): Promise<void> {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body, ...(signal && { signal }) };
    const response = await this.#requests.send(init, this.#endpoint);
    if (!response.ok) throw await statusError(response, this.#maxBytes);
    await response.body?.cancel();
  }

  async close(): Promise<void> {
    this.#correlator.fail(new ClientError("closed", "The client was closed."));
    this.#open.abort();
  }
}

function noEndpoint(): ClientError {
  return new ClientError("timeout", `The server named no address for messages within ${ENDPOINT_MS} ms.`);
}
