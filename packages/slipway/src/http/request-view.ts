import type { Principal } from "../ports/index.ts";
import type { RequestView } from "../server/index.ts";
import type { Exchange } from "./exchange.ts";

const CREDENTIALS = /^(authorization|dpop|x-api-key)$/;

/**
 * What handlers may see of an HTTP request. Credentials by which the caller was authenticated have done their
 * work: handlers cannot pass them on.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#url-mode-elicitation-for-oauth-flows
 */
export function requestView(exchange: Exchange, principal: Principal | undefined): RequestView {
  return new ExchangeView(exchange, principal !== undefined);
}

/** The same, for whoever authenticates. */
export function credentialsView(exchange: Exchange): RequestView {
  return new ExchangeView(exchange, false);
}

class ExchangeView implements RequestView {
  readonly #exchange: Exchange;
  readonly #authenticated: boolean;

  constructor(exchange: Exchange, authenticated: boolean) {
    this.#exchange = exchange;
    this.#authenticated = authenticated;
  }

  get url(): string {
    return this.#exchange.url;
  }

  get remoteAddress(): string | undefined {
    return this.#exchange.remoteAddress;
  }

  get headers(): this {
    return this;
  }

  get(name: string): string | null {
    return this.#authenticated && CREDENTIALS.test(name.toLowerCase()) ? null : this.presented(name);
  }

  presented(name: string): string | null {
    return this.#exchange.header(name.toLowerCase()) ?? null;
  }
}
