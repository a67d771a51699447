import type { Ask, Revision } from "../../protocol/eras/index.ts";
import { ERROR_CODES } from "../../protocol/errors.ts";
import type { JsonRpcMessage, Params, RequestId } from "../../protocol/jsonrpc.ts";
import {
  type AskOptions,
  askClient,
  type EncodedResponse,
  encodeResponse,
  LocalAskError,
  type Outcome,
  type Outlet,
  randomId,
  textOf,
} from "../../server/index.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Exchange, Headers } from "../exchange.ts";
import { respondJson } from "../respond.ts";
import { EventStream } from "./event-stream.ts";
import { ANSWERING, type LiveSession } from "./session.ts";

/**
 * The response to one POST of a revision with handshake: JSON when all that is sent is the answer, else an
 * event stream that the client can resume.
 */
export class LegacyResponse implements Outlet {
  readonly #endpoint: Endpoint;
  readonly #exchange: Exchange;
  readonly #headers: Headers;
  readonly #revision: Revision;
  readonly #session: LiveSession | undefined;
  readonly #batch: boolean;
  readonly #answers: EncodedResponse[] = [];
  #awaited: number;
  #stream: EventStream | undefined;

  constructor(
    endpoint: Endpoint,
    exchange: Exchange,
    headers: Headers,
    revision: Revision,
    session: LiveSession | undefined,
    requests: number,
    batch: boolean,
  ) {
    this.#endpoint = endpoint;
    this.#exchange = exchange;
    this.#headers = headers;
    this.#revision = revision;
    this.#session = session;
    this.#awaited = requests;
    this.#batch = batch;
  }

  /** What is emitted is left out where no stream can be opened for it: the call is worth more. */
  notify(method: string, params: Params): void | Promise<void> {
    if (this.#canStream) return this.#send({ jsonrpc: "2.0", method, params });
  }

  async ask(ask: Ask, options: AskOptions): Promise<unknown> {
    if (this.#session === undefined) throw unanswerable(ask);
    if (!this.#canStream) {
      const message = `${ask.method} cannot be sent: too many event streams are open.`;
      throw new LocalAskError(ERROR_CODES.INTERNAL_ERROR, message);
    }
    const session = this.#session.retained();
    const { clientRequests, settings } = this.#endpoint;
    // Only a client that is sent pings can be found to have gone.
    const signal =
      settings.ping.intervalMs > 0 ? AbortSignal.any([options.signal, session.lost]) : options.signal;
    if (session.opening !== undefined) await session.opening.wait(signal);
    signal.throwIfAborted();
    const send = (message: JsonRpcMessage) => this.#send(message);
    return askClient(clientRequests, session.id, ask, { ...options, signal }, send);
  }

  closeStream(retryMs: number | undefined): void {
    if (this.#session !== undefined && this.#canStream) this.#open().disconnect(retryMs);
  }

  get #canStream(): boolean {
    return this.#stream !== undefined || !this.#endpoint.sinks.full;
  }

  #open(): EventStream {
    if (this.#stream !== undefined) return this.#stream;
    // First, since it may be refused.
    const sink = this.#endpoint.sinks.open(this.#exchange, this.#headers, () => {});
    const session = this.#session?.retained();
    const log = session && {
      adapter: this.#endpoint.sessions as NonNullable<Endpoint["sessions"]>,
      sessionId: session.id,
    };
    const stream = new EventStream(`${ANSWERING}${randomId()}`, log, {
      retryMs: this.#endpoint.settings.retryMs,
      primes: this.#revision.primesStreams,
      logger: this.#endpoint.core.logger,
    });
    this.#stream = stream;
    session?.streams.set(stream.id, stream);
    stream.start(sink);
    return stream;
  }

  #send(message: JsonRpcMessage, json?: string): void | Promise<void> {
    return this.#open().send(message, json);
  }

  /** Takes the answer to one of the requests; the last one ends the response. */
  finish(id: RequestId, outcome: Exclude<Outcome, { kind: "listen" }>): void {
    this.#awaited--;
    const response = encodeResponse(this.#endpoint.core, this.#revision, id, outcome);
    if (!this.#batch && this.#stream === undefined) {
      const status = outcome.kind === "error" ? this.#revision.statusOf(outcome.error) : 200;
      respondJson(this.#exchange, status, this.#headers, response);
      return;
    }
    this.#answers.push(response);
    this.#endIfDone();
  }

  /** A cancelled request gets no answer. */
  skip(): void {
    this.#awaited--;
    if (this.#answers.length === 0) this.#open();
    this.#endIfDone();
  }

  #answer(response: EncodedResponse): void | Promise<void> {
    const json = textOf(response);
    return this.#send(JSON.parse(json) as JsonRpcMessage, json);
  }

  #endIfDone(): void {
    const stream = this.#stream;
    if (stream === undefined) {
      if (this.#awaited > 0) return;
      respondJson(this.#exchange, 200, this.#headers, `[${this.#answers.map(textOf).join(",")}]`);
      return;
    }
    for (const answer of this.#answers.splice(0)) void this.#answer(answer);
    if (this.#awaited > 0) return;
    stream.end();
    this.#session?.remove(stream);
  }
}

function unanswerable(ask: Ask): LocalAskError {
  return new LocalAskError(
    ERROR_CODES.INVALID_REQUEST,
    `${ask.method} needs a session to be answered in, and this server keeps none: give its transport a sessionAdapter.`,
  );
}
