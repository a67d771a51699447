import type { RequestView } from "../server/index.ts";
import type { Exchange } from "./exchange.ts";

/** What handlers may see of an HTTP request. */
export function requestView(exchange: Exchange): RequestView {
  return new ExchangeView(exchange);
}

class ExchangeView implements RequestView {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get url(): string {
    return this.#exchange.url;
  }

  get headers(): this {
    return this;
  }

  get(name: string): string | null {
    return this.#exchange.header(name.toLowerCase()) ?? null;
  }
}
