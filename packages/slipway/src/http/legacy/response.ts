import { type Principal, principalKey } from "../../ports/index.ts";
import type { Ask, Revision } from "../../protocol/eras/index.ts";
import { ERROR_CODES } from "../../protocol/errors.ts";
import type { JsonRpcMessage, JsonRpcRequest, Params, RequestId } from "../../protocol/jsonrpc.ts";
import {
  type AskOptions,
  askClient,
  type Call,
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
import type { Fleet } from "./fleet.ts";
import { CallLostError, keepsCalls, OwnedCall } from "./kept-call.ts";
import { ANSWERING, type LiveSession } from "./session.ts";

/** What another machine goes on with. */
interface TakenOver {
  readonly stream: EventStream;
  readonly owned: OwnedCall;
}

export interface LegacyResponseInit {
  readonly endpoint: Endpoint;
  /** Absent where a call goes on whose request another machine has received. */
  readonly exchange?: Exchange;
  readonly headers: Headers;
  readonly revision: Revision;
  readonly session: LiveSession | undefined;
  /** How many requests are answered. */
  readonly requests: number;
  readonly batch: boolean;
  readonly principal: Principal | undefined;
  readonly takenOver?: TakenOver;
}

/**
 * The response to one POST of a revision with handshake: JSON when all that is sent is the answer, else an
 * event stream that the client can resume.
 */
export class LegacyResponse implements Outlet {
  readonly #init: LegacyResponseInit;
  /** Answers that wait for those of the others. */
  #answers: EncodedResponse[] | undefined;
  #awaited: number;
  #stream: EventStream | undefined;
  #owned: OwnedCall | undefined;
  /** The call, where there is one only. */
  #call: Call | undefined;
  /** Whether another machine goes on. */
  #left = false;

  constructor(init: LegacyResponseInit) {
    this.#init = init;
    this.#awaited = init.requests;
    this.#stream = init.takenOver?.stream;
    this.#owned = init.takenOver?.owned;
  }

  /** Names the call that is answered, so that it can be kept. */
  answers(call: Call): void {
    if (!this.#init.batch) this.#call = call;
  }

  /** What is emitted is left out where no stream can be opened for it: the call is worth more. */
  notify(method: string, params: Params): void | Promise<void> {
    if (this.#canStream) return this.#send({ jsonrpc: "2.0", method, params });
  }

  async ask(ask: Ask, options: AskOptions): Promise<unknown> {
    const { session, endpoint } = this.#init;
    if (session === undefined) throw unanswerable(ask);
    if (this.#awaited === 0) throw ended(ask);
    if (!this.#canStream) {
      const message = `${ask.method} cannot be sent: too many event streams are open.`;
      throw new LocalAskError(ERROR_CODES.INTERNAL_ERROR, message);
    }
    const retained = session.retained();
    // Only a client that is sent pings can be found to have gone.
    const lost = endpoint.settings.ping.intervalMs > 0 ? retained.lost : undefined;
    if (retained.opening !== undefined) {
      const { signal } = options;
      await retained.opening.wait(lost === undefined ? signal : AbortSignal.any([signal, lost]));
    }
    options.signal.throwIfAborted();
    lost?.throwIfAborted();
    if (this.#awaited === 0) throw ended(ask);
    const stream = this.#open();
    const owned = this.#owned;
    const call = this.#call;
    return askClient(
      {
        clientRequests: endpoint.clientRequests,
        name: session.id,
        lost,
        sentAs: owned?.sentAs(options.key),
        send: (message: JsonRpcMessage) => this.#send(message),
        ...(owned !== undefined &&
          call !== undefined && {
            asking: async (id: string) =>
              this.#orLose(owned.asking(call, options.key, id, await stream.place())),
          }),
      },
      ask,
      options,
    );
  }

  keep(call: Call): void | Promise<void> {
    if (this.#owned?.asks) return this.#orLose(this.#owned.save(call));
  }

  /** Stops the call when another machine turns out to have it. */
  async #orLose(kept: Promise<void>): Promise<void> {
    try {
      await kept;
    } catch (error) {
      if (error instanceof CallLostError) this.#call?.abort(error);
      throw error;
    }
  }

  async handOver(call: Call, last: boolean): Promise<boolean> {
    const { revision, session } = this.#init;
    const stream = this.#stream;
    const owned = this.#owned;
    // Clients of older revisions may not come back for what they were not given.
    if (stream === undefined || owned === undefined || !(last || revision.primesStreams)) return false;
    this.#left = await owned.handOver(call);
    if (!this.#left) return false;
    call.abort(new CallLostError());
    stream.disconnect();
    session?.remove(stream);
    return true;
  }

  closeStream(retryMs: number | undefined): void {
    if (this.#init.session !== undefined && this.#canStream) this.#open().disconnect(retryMs);
  }

  get #canStream(): boolean {
    const { endpoint, principal } = this.#init;
    // A response that has ended as JSON becomes no stream any more.
    return this.#stream !== undefined || (this.#awaited > 0 && !endpoint.sinks.full(principalKey(principal)));
  }

  #open(): EventStream {
    if (this.#stream !== undefined) return this.#stream;
    const { endpoint, exchange, headers, revision, principal } = this.#init;
    if (exchange === undefined) throw new Error("A call that goes on has a stream already.");
    // First, since it may be refused.
    const sink = endpoint.sinks.open(exchange, headers, principalKey(principal), () => {});
    const session = this.#init.session?.retained();
    const id = `${ANSWERING}${randomId()}`;
    const { fleet, sessions: adapter } = endpoint;
    const log = session && { adapter: adapter as NonNullable<typeof adapter>, sessionId: session.id };
    if (fleet !== undefined && session !== undefined && this.#call !== undefined && keepsCalls(adapter)) {
      this.#owned = new OwnedCall(fleet, adapter, session.id, id, fleet.newOwner());
    }
    const stream = new EventStream(id, log, {
      retryMs: endpoint.settings.retryMs,
      primes: revision.primesStreams,
      logger: endpoint.core.logger,
      call: this.#owned,
      unheard: session && unheardBell(fleet, session.id),
      delivered: endpoint.delivered,
      lost: () => this.#call?.abort(new CallLostError()),
    });
    this.#stream = stream;
    session?.streams.set(stream.id, stream);
    stream.start(sink, this.#begin());
    return stream;
  }

  #begin(): Promise<void> | undefined {
    const call = this.#call;
    if (this.#owned === undefined || call === undefined) return undefined;
    const { method, params, id } = call;
    const request: CallRequest = { request: { jsonrpc: "2.0", id, method, ...(params && { params }) } };
    if (this.#init.principal !== undefined) request.principal = this.#init.principal;
    const { logger } = this.#init.endpoint.core;
    return this.#owned.begin({ request }, (error) =>
      logger.error("A call could not be kept; it ends with this machine.", error),
    );
  }

  #send(message: JsonRpcMessage, json?: string, last = false): void | Promise<void> {
    return this.#open().send(message, json, last);
  }

  /** Ends one of the requests as its call has ended. */
  end(call: Call, outcome: Outcome): void {
    if (this.#left) return;
    // Only revisions without handshake have outcomes that open a stream of their own.
    if (call.aborted || outcome.kind === "listen") this.skip();
    else this.finish(call.id, outcome);
  }

  /** Takes the answer to one of the requests; the last one ends the response. */
  finish(id: RequestId, outcome: Exclude<Outcome, { kind: "listen" }>): void {
    this.#awaited--;
    const { endpoint, exchange, headers, revision, batch } = this.#init;
    const response = encodeResponse(endpoint.core, revision, id, outcome);
    if (!batch && this.#stream === undefined && exchange !== undefined) {
      const head = endpoint.gate.headOf(this.#init, outcome, headers);
      respondJson(exchange, head.status, head.headers, response);
      return;
    }
    this.#answers ??= [];
    this.#answers.push(response);
    this.#endIfDone();
  }

  /** A cancelled request gets no answer. */
  skip(): void {
    this.#awaited--;
    if (this.#answers === undefined) this.#open();
    this.#owned
      ?.end()
      .catch((error) => this.#init.endpoint.core.logger.warn("A call could not be ended.", error));
    this.#endIfDone();
  }

  #endIfDone(): void {
    const stream = this.#stream;
    const done = this.#awaited === 0;
    const { exchange, headers } = this.#init;
    if (stream === undefined) {
      if (!done || exchange === undefined) return;
      respondJson(exchange, 200, headers, `[${(this.#answers ?? []).map(textOf).join(",")}]`);
      return;
    }
    const answers = (this.#answers ?? []).map(textOf);
    this.#answers = undefined;
    for (const [index, json] of answers.entries()) {
      void this.#send(JSON.parse(json) as JsonRpcMessage, json, done && index === answers.length - 1);
    }
    if (!done) return;
    stream.end();
    this.#init.session?.remove(stream);
  }
}

/** A request as another machine needs it to go on. */
export interface CallRequest {
  readonly request: JsonRpcRequest;
  principal?: Principal;
}

export function unheardBell(fleet: Fleet | undefined, session: string) {
  return (
    fleet &&
    ((stream: EventStream) => fleet.ring({ bell: "events", session, stream: stream.id, at: Date.now() }))
  );
}

function ended({ method }: Ask): LocalAskError {
  const message = `${method} cannot be sent: the call has ended. Await what you ask.`;
  return new LocalAskError(ERROR_CODES.INTERNAL_ERROR, message);
}

function unanswerable(ask: Ask): LocalAskError {
  return new LocalAskError(
    ERROR_CODES.INVALID_REQUEST,
    `${ask.method} needs a session to be answered in, and this server keeps none: give its transport a sessionAdapter.`,
  );
}
