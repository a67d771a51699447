import { isObject } from "../../protocol/jsonrpc.ts";
import { messagesIn } from "../batch.ts";
import { pause } from "../deadline.ts";
import { ClientError } from "../errors.ts";
import type { RawMessage } from "../raw-message.ts";
import type { Agreement, ClientTransport, Listener, RawRequest, TransportEvents } from "../transport.ts";
import { isEventStream, messagesOf, textOf } from "./body.ts";
import { delayOf, type HttpTransportOptions, type ReconnectionOptions } from "./options.ts";
import { Requests, statusError } from "./requests.ts";
import { SseReader } from "./sse-reader.ts";

const SESSION = "mcp-session-id";
const JSON_OR_STREAM = "application/json, text/event-stream";

/** How long a server may take to end a session that the client is done with, in milliseconds. */
const FAREWELL_MS = 2000;

/** Statuses of a server, or of who stands before it, that may be another one soon. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Streamable HTTP, of the revisions with sessions and of those without.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class HttpTransport implements ClientTransport {
  readonly mirrorsHeaders = true;
  readonly cancelsByClosing = true;
  readonly url: string;
  readonly options: HttpTransportOptions;
  readonly #requests: Requests;
  readonly #maxBytes: number;
  readonly #reconnection: ReconnectionOptions;
  #events: TransportEvents | undefined;
  #agreement: Agreement | undefined;
  #sessionId: string | undefined;
  /** Ends what listens for messages out of turn. */
  #listening = new AbortController();

  constructor(url: string | URL, options: HttpTransportOptions = {}) {
    this.url = String(url);
    this.options = options;
    this.#requests = new Requests(this.url, options);
    this.#maxBytes = options.maxMessageBytes ?? 64 * 1024 * 1024;
    this.#reconnection = options.reconnection ?? {};
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  async open(events: TransportEvents): Promise<void> {
    this.#listening.abort();
    this.#listening = new AbortController();
    this.#events = events;
    this.#agreement = undefined;
    this.#sessionId = undefined;
  }

  agree(agreement: Agreement): void {
    this.#agreement = agreement;
    if (agreement.handshake && agreement.listens) void this.#listen(this.#listening.signal);
  }

  /**
   * Posts a message and hands back the response as it is, body unread: for who passes bytes on. Whether the status is a
   * success, what the body is, and what becomes of a stream that breaks is the caller's affair.
   */
  async post(body: string | Uint8Array<ArrayBuffer>, more: PostOptions = {}): Promise<Response> {
    const headers = {
      accept: JSON_OR_STREAM,
      "content-type": "application/json",
      ...this.#state(),
      ...more.headers,
    };
    return this.#requests.send({
      method: "POST",
      headers,
      body,
      ...(more.signal && { signal: more.signal }),
    });
  }

  async exchange(request: RawRequest, listener?: Listener): Promise<RawMessage> {
    const session = this.#sessionId;
    const response = await this.post(request.text, request);
    if (request.method === "initialize" && response.ok) {
      this.#sessionId = response.headers.get(SESSION) ?? undefined;
    }
    if (response.ok && isEventStream(response)) return this.#follow(response, request, listener);
    const text = await textOf(response, this.#maxBytes);
    const message = responseIn(text, response.status, request);
    // With a session, this status says that there is none any more, whatever the body says.
    const lost = response.status === 404 && session !== undefined;
    if (message !== undefined && !lost) return message;
    if (!response.ok) throw await statusError(response, this.#maxBytes, text);
    throw new ClientError("protocol", `The server answered ${request.method} without a JSON-RPC response.`);
  }

  async send(text: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const response = await this.post(text, { headers });
    if (!response.ok) throw await statusError(response, this.#maxBytes);
    await response.body?.cancel();
  }

  async close(): Promise<void> {
    this.#listening.abort();
    this.#events = undefined;
    if (this.#sessionId === undefined) return;
    const headers = this.#state();
    this.#sessionId = undefined;
    const signal = AbortSignal.timeout(FAREWELL_MS);
    // A server that does not let clients end sessions answers 405; one that is gone need not be told.
    const response = await this.#requests.send({ method: "DELETE", headers, signal }).catch(() => undefined);
    await response?.body?.cancel().catch(() => {});
  }

  /** What says which revision is spoken, and in which session. */
  #state(): Record<string, string> {
    return {
      ...(this.#agreement && { "mcp-protocol-version": this.#agreement.protocolVersion }),
      ...(this.#sessionId !== undefined && { [SESSION]: this.#sessionId }),
    };
  }

  /** Reads a request's stream up to the response; where it breaks off, from where it broke off. */
  async #follow(first: Response, request: RawRequest, listener: Listener | undefined): Promise<RawMessage> {
    const { id, method, signal } = request;
    const reader = new SseReader(this.#maxBytes);
    let stream = first;
    for (;;) {
      let broken: unknown;
      try {
        for await (const message of messagesOf(stream, reader)) {
          if (message.kind === "response" && (message.value as { id?: unknown }).id === id) return message;
          await listener?.(message);
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof ClientError) || error.code !== "connection") throw error;
        broken = error;
      }
      if (this.#agreement?.handshake !== true || reader.lastEventId === undefined) {
        throw new ClientError(
          "connection",
          `The stream of ${method} ended without a response. Whether the server did what was asked is unknown.`,
          { cause: broken },
        );
      }
      stream = await this.#resume(reader, signal);
    }
  }

  /** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery */
  async #resume(reader: SseReader, signal: AbortSignal | undefined): Promise<Response> {
    const { maxRetries = 5 } = this.#reconnection;
    for (let failures = 0; ; failures++) {
      await pause(waitOf(reader, this.#reconnection, failures), signal);
      try {
        const response = await this.#get(reader.lastEventId, signal);
        if (response.ok && isEventStream(response)) return response;
        const error = await statusError(response, this.#maxBytes);
        if (failures === maxRetries || !PASSING.has(response.status)) throw error;
      } catch (error) {
        const passing = error instanceof ClientError && error.code === "connection";
        if (!passing && !(error instanceof ClientError && PASSING.has(error.status ?? 0))) throw error;
        if (failures === maxRetries) throw error;
      }
    }
  }

  #get(lastEventId: string | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const headers = {
      accept: "text/event-stream",
      ...this.#state(),
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    };
    return this.#requests.send({ method: "GET", headers, ...(signal && { signal }) });
  }

  /** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server */
  async #listen(signal: AbortSignal): Promise<void> {
    const reader = new SseReader(this.#maxBytes);
    for (let failures = 0; !signal.aborted; ) {
      try {
        const response = await this.#get(reader.lastEventId, signal);
        if (!response.ok || !isEventStream(response)) {
          const error = await statusError(response, this.#maxBytes);
          if (!PASSING.has(response.status)) return this.#cannotListen(error);
          failures++;
        } else {
          failures = 0;
          for await (const message of messagesOf(response, reader)) this.#events?.message(message);
        }
      } catch (error) {
        if (signal.aborted) return;
        // What the server sent was no event stream or no JSON-RPC.
        if (!(error instanceof ClientError) || error.code !== "connection") this.#events?.warn(String(error));
        failures++;
      }
      await pause(waitOf(reader, this.#reconnection, failures), signal).catch(() => {});
    }
  }

  #cannotListen(error: ClientError): void {
    // Most servers that have nothing to say out of turn say so by 405, some by another status.
    if (error.status === 404 && this.#sessionId !== undefined) this.#events?.lost(error);
    else if (error.status === 401 || error.status === 403) this.#events?.warn(error.message);
  }
}

export interface PostOptions {
  /** Further headers, such as those that repeat what the body says. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The server's own word for how long to wait, else longer each time. */
function waitOf({ retryMs }: SseReader, options: ReconnectionOptions, failures: number): number {
  return failures === 0
    ? (retryMs ?? delayOf(options, 0))
    : Math.max(retryMs ?? 0, delayOf(options, failures));
}

/** The response to a request in a body that is no stream, if there is one. */
function responseIn(text: string, status: number, { id }: RawRequest): RawMessage | undefined {
  if (text.trim() === "") return undefined;
  try {
    return messagesIn(text, status).find((message) => {
      if (message.kind !== "response") return false;
      const value = message.value as { id?: unknown; error?: unknown };
      // What a server refuses before it reads it is refused with no id, or one of its own.
      const refused = value.id === undefined || value.id === null || status >= 400;
      return value.id === id || (refused && isObject(value.error));
    });
  } catch (error) {
    if (status >= 200 && status < 300) throw error;
    return undefined;
  }
}
