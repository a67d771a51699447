import { type HttpAnswer, type Principal, StoreUnavailableError } from "../ports/index.ts";
import { ERROR_CODES, InsufficientScopeError, RpcError } from "../protocol/errors.ts";
import { type Call, type Logger, type Outcome, storeAway } from "../server/index.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { OriginGuard } from "./guards.ts";
import { HttpError } from "./http-error.ts";
import type { StreamableHttpTransportOptions } from "./options.ts";
import { credentialsView } from "./request-view.ts";
import { headersOf, refuse } from "./respond.ts";

const NO_HEADERS: Headers = [];

/** Serves an exchange that was let in. */
export type Serve = (
  exchange: Exchange,
  cors: Headers,
  principal: Principal | undefined,
) => void | Promise<void>;

/** What every request passes first: where it comes from, and who sent it. */
export class Gate {
  readonly #options: StreamableHttpTransportOptions;
  readonly #guard: OriginGuard;
  readonly #logger: Logger;
  readonly #serve: Serve;

  constructor(options: StreamableHttpTransportOptions, logger: Logger, serve: Serve) {
    this.#options = options;
    this.#guard = new OriginGuard(options);
    this.#logger = logger;
    this.#serve = serve;
  }

  /** Never throws: whatever goes wrong is answered. */
  handle(exchange: Exchange, named?: Principal): void {
    let cors = NO_HEADERS;
    try {
      const { auth, authenticate, limits } = this.#options;
      const document = exchange.method === "POST" ? undefined : auth?.document?.(exchange);
      // For everybody, whatever page asks.
      if (document !== undefined) {
        exchange.respond(document.status, document.headers, document.body);
        return;
      }
      cors = this.#guard.check(exchange);
      // Browsers send no credentials with the question whether they may send some.
      const open = exchange.method === "OPTIONS" || (auth ?? authenticate ?? limits) === undefined;
      const served = open ? this.#serve(exchange, cors, named) : this.#admit(exchange, cors, named);
      if (served !== undefined) this.#watch(served, exchange, cors);
    } catch (error) {
      this.refuse(exchange, cors, error);
    }
  }

  #watch(served: Promise<void>, exchange: Exchange, cors: Headers): void {
    served.catch((error: unknown) => this.refuse(exchange, cors, error));
  }

  /** First by where it comes from, as to find out who calls takes work, then by whom. */
  #admit(exchange: Exchange, cors: Headers, named: Principal | undefined): void | Promise<void> {
    const { auth, limits } = this.#options;
    const view = credentialsView(exchange);
    const { method, remoteAddress } = exchange;
    const { url, headers } = view;
    const request = { method, url, headers, remoteAddress };
    const authenticate = auth ? () => auth.authenticate(request) : this.#options.authenticate;
    return after(limits?.admitAddress(view), () =>
      after(authenticate ? authenticate(request) : named, (principal) =>
        after(limits?.admitCaller(principal, view), () => this.#serve(exchange, cors, principal)),
      ),
    );
  }

  /** What HTTP says of the end of a call that has emitted nothing before. */
  headOf(call: Pick<Call, "revision" | "principal">, outcome: Outcome, cors: Headers): HttpAnswer {
    if (outcome.kind !== "error") return { status: 200, headers: cors };
    const { revision, principal } = call;
    const { error } = outcome;
    if (error instanceof InsufficientScopeError) {
      const lack = { scopes: error.scopes, principal, clientAccumulates: !revision.handshake };
      const { status = 403, headers = [] } = this.#options.auth?.challenge?.(lack) ?? {};
      return { status, headers: [...cors, ...headers] };
    }
    const status = revision.statusOf(error);
    return { status, headers: status === 200 ? cors : [...cors, ...headersOf(error)] };
  }

  /** Answers what cannot be served, with the error as far as it is a client's business. */
  refuse(exchange: Exchange, cors: Headers, error: unknown): void {
    const told = this.#told(error);
    this.tell(exchange, refuse(exchange, told, cors), told);
  }

  /** Tells the observer of a request that was refused before it was a call. */
  tell(exchange: Exchange, status: number, error: RpcError): void {
    this.#options.observe?.refused?.({
      transport: "http",
      method: exchange.method,
      request: credentialsView(exchange),
      status,
      error,
    });
  }

  #told(error: unknown): RpcError {
    if (error instanceof StoreUnavailableError)
      return storeAway("A request was refused", error, this.#logger);
    if (error instanceof RpcError) return error;
    const reference = crypto.randomUUID();
    this.#logger.error(`A request failed unexpectedly (reference ${reference})`, error);
    const message = `Internal error (reference ${reference})`;
    return new HttpError(500, message, { code: ERROR_CODES.INTERNAL_ERROR });
  }
}

function after<T>(value: T | Promise<T>, then: (value: T) => void | Promise<void>): void | Promise<void> {
  return value instanceof Promise ? value.then(then) : then(value);
}
