import { type Principal, StoreUnavailableError } from "../ports/index.ts";
import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { type Logger, storeAway } from "../server/index.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { OriginGuard } from "./guards.ts";
import { HttpError } from "./http-error.ts";
import type { StreamableHttpTransportOptions } from "./options.ts";
import { credentialsView } from "./request-view.ts";
import { refuse } from "./respond.ts";

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
      cors = this.#guard.check(exchange);
      const { authenticate, limits } = this.#options;
      // Browsers send no credentials with the question whether they may send some.
      const served =
        (authenticate === undefined && limits === undefined) || exchange.method === "OPTIONS"
          ? this.#serve(exchange, cors, named)
          : this.#admit(exchange, cors, named);
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
    const { authenticate, limits } = this.#options;
    const view = credentialsView(exchange);
    const { method, remoteAddress } = exchange;
    const { url, headers } = view;
    return after(limits?.admitAddress(view), () =>
      after(authenticate ? authenticate({ method, url, headers, remoteAddress }) : named, (principal) =>
        after(limits?.admitCaller(principal, view), () => this.#serve(exchange, cors, principal)),
      ),
    );
  }

  /** Answers what cannot be served, with the error as far as it is a client's business. */
  refuse(exchange: Exchange, cors: Headers, error: unknown): void {
    if (error instanceof StoreUnavailableError) {
      refuse(exchange, storeAway("A request was refused", error, this.#logger), cors);
      return;
    }
    if (error instanceof RpcError) {
      refuse(exchange, error, cors);
      return;
    }
    const reference = crypto.randomUUID();
    this.#logger.error(`A request failed unexpectedly (reference ${reference})`, error);
    const message = `Internal error (reference ${reference})`;
    refuse(exchange, new HttpError(500, message, { code: ERROR_CODES.INTERNAL_ERROR }), cors);
  }
}

function after<T>(value: T | Promise<T>, then: (value: T) => void | Promise<void>): void | Promise<void> {
  return value instanceof Promise ? value.then(then) : then(value);
}
