import { type Principal, principalKey } from "../ports/index.ts";
import { type Revision, readEnvelope } from "../protocol/eras/index.ts";
import { RpcError } from "../protocol/errors.ts";
import type { JsonRpcRequest, Params } from "../protocol/jsonrpc.ts";
import {
  Call,
  Client,
  encodeError,
  encodeListenEnd,
  encodeResponse,
  type Outcome,
  type Outlet,
  textOf,
} from "../server/index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { checkHeaders, checkParamHeaders } from "./modern-headers.ts";
import { requestView } from "./request-view.ts";
import { headersOf, respondJson } from "./respond.ts";
import type { EventSink } from "./sinks.ts";
import { sseMessage } from "./sse.ts";

/** Serves one request of a revision without handshake: everything it needs is in it. */
export function serveModern(
  endpoint: Endpoint,
  exchange: Exchange,
  cors: Headers,
  principal: Principal | undefined,
  revision: Revision,
  request: JsonRpcRequest,
): void | Promise<void> {
  const response = new ModernResponse(endpoint, exchange, cors, principal, revision, request);
  try {
    const envelope = readEnvelope(request.params);
    checkHeaders(exchange, request, envelope.version);
    if (request.method === "tools/call") {
      checkParamHeaders(exchange, request, endpoint.core.paramHeadersOf(request.params?.["name"], principal));
    }
    const call = new Call({
      revision,
      method: request.method,
      params: request.params,
      id: request.id,
      client: new Client(revision, envelope.clientInfo, envelope.clientCapabilities),
      outlet: response,
      principal,
      request: requestView(exchange, principal),
      logLevel: envelope.logLevel,
      listens: true,
    });
    const outcome = endpoint.dispatch(call);
    if (!(outcome instanceof Promise)) return response.finish(call, outcome);
    // Only what is still at work can be cancelled by going away.
    exchange.onClose(() => call.abort(new Error("The client went away.")));
    return outcome.then((done) => response.finish(call, done));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const status = revision.statusOf(error);
    respondJson(exchange, status, [...cors, ...headersOf(error)], encodeError(revision, request.id, error));
    endpoint.gate.tell(exchange, status, error);
  }
}

/** JSON when nothing is emitted before the end, an event stream from the first emission on. */
class ModernResponse implements Outlet {
  readonly #endpoint: Endpoint;
  readonly #exchange: Exchange;
  readonly #cors: Headers;
  readonly #principal: Principal | undefined;
  readonly #revision: Revision;
  readonly #request: JsonRpcRequest;
  #sink: EventSink | undefined;

  constructor(
    endpoint: Endpoint,
    exchange: Exchange,
    cors: Headers,
    principal: Principal | undefined,
    revision: Revision,
    request: JsonRpcRequest,
  ) {
    this.#endpoint = endpoint;
    this.#exchange = exchange;
    this.#cors = cors;
    this.#principal = principal;
    this.#revision = revision;
    this.#request = request;
  }

  notify(method: string, params: Params): void | Promise<void> {
    // The call is worth more than what is emitted on the way.
    if (this.#sink === undefined && this.#endpoint.sinks.full(principalKey(this.#principal))) return;
    this.#sink ??= this.#open(() => {});
    return this.#sink.write(sseMessage(JSON.stringify({ jsonrpc: "2.0", method, params })));
  }

  finish(call: Call, outcome: Outcome): void {
    // The client has gone.
    if (call.aborted) {
      this.#sink?.end();
      return;
    }
    if (outcome.kind === "listen") {
      this.#listen(outcome);
      return;
    }
    const response = encodeResponse(this.#endpoint.core, this.#revision, this.#request.id, outcome);
    if (this.#sink !== undefined) {
      void this.#sink.write(sseMessage(textOf(response)));
      this.#sink.end();
      return;
    }
    const { status, headers } = this.#endpoint.gate.headOf(call, outcome, this.#cors);
    respondJson(this.#exchange, status, headers, response);
  }

  #open(lost: () => void): EventSink {
    return this.#endpoint.sinks.open(this.#exchange, this.#cors, principalKey(this.#principal), lost);
  }

  #listen({ filter }: Extract<Outcome, { kind: "listen" }>): void {
    const { core, subscriptions, listening } = this.#endpoint;
    const { id } = this.#request;
    let stop = () => {};
    let end = () => {};
    const sink = this.#open(() => {
      stop();
      listening.delete(end);
    });
    stop = subscriptions.open(id, filter, (message) => void sink.write(sseMessage(message)), this.#revision);
    end = () => {
      void sink.write(sseMessage(encodeListenEnd(core, id)));
      sink.end();
    };
    listening.add(end);
    sink.endAt(this.#principal?.expiresAt, end);
  }
}
