import { clip } from "../protocol/errors.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { HttpError } from "./http-error.ts";

export interface GuardOptions {
  readonly allowedHosts?: readonly string[] | undefined;
  readonly allowedOrigins?: readonly string[] | undefined;
}

const LOOPBACK = /^(localhost|[^.]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What nearly every client sends. */
const USUAL_ACCEPT = "application/json, text/event-stream";

/** What a response to a POST may be. */
const ANSWERS = ["application/json", "text/event-stream"];

const CORS_METHODS = "GET, POST, DELETE, OPTIONS";
const CORS_EXPOSED = "Mcp-Session-Id, WWW-Authenticate, DPoP-Nonce, Retry-After";

const NO_HEADERS: Headers = [];

/**
 * Keeps out requests that a web page made without being allowed to, among them those of DNS rebinding.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint
 */
export class OriginGuard {
  readonly #options: GuardOptions;
  /** The last `Host` that fitted, as most clients of a server name it alike. */
  #known: { readonly host: string | undefined; readonly local: boolean } | undefined;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /**
   * @returns the CORS headers for the response
   * @throws HttpError 403
   */
  check(exchange: Exchange): Headers {
    const local = this.#checkHost(exchange);
    const origin = exchange.header("origin");
    if (origin === undefined) return NO_HEADERS;
    if (!originAllowed(origin, local, this.#options.allowedOrigins)) {
      throw new HttpError(
        403,
        `The Origin "${clip(origin)}" is not allowed: add it to allowedOrigins if this page may call the server.`,
      );
    }
    return [
      ["access-control-allow-origin", origin],
      ["access-control-expose-headers", CORS_EXPOSED],
      ["vary", "Origin"],
    ];
  }

  /** Whether the server is on the machine of its client, as far as that can be told. */
  #checkHost(exchange: Exchange): boolean {
    const host = exchange.header("host");
    const local = exchange.local ?? isLoopback(urlHost(exchange.url));
    if (host === undefined || (this.#known?.host === host && this.#known.local === local)) return local;
    if (!hostAllowed(host, local, this.#options.allowedHosts)) {
      throw new HttpError(
        403,
        `The Host "${clip(host)}" is not allowed: add it to allowedHosts if it names this server.`,
      );
    }
    this.#known = { host, local };
    return local;
  }
}

/** Whether a `Host` header names the server; `local`: whether it is reached through a loopback address. */
export function hostAllowed(host: string, local: boolean, allowed: readonly string[] | undefined): boolean {
  const name = withoutPort(host);
  if (allowed === undefined) return !local || LOOPBACK.test(name);
  return allowed.some((entry) => entry === "*" || entry === host || entry === name);
}

function originAllowed(origin: string, local: boolean, allowed: readonly string[] | undefined): boolean {
  if (allowed !== undefined) return allowed.some((entry) => entry === "*" || entry === origin);
  return local && isLoopback(urlHost(origin));
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host);
}

function urlHost(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

/** The answer to a browser that asks whether a page may send a request. */
export function preflight(exchange: Exchange, cors: Headers): Headers {
  const headers = exchange.header("access-control-request-headers");
  return [
    ...cors,
    ["access-control-allow-methods", CORS_METHODS],
    ...(headers === undefined ? [] : [["access-control-allow-headers", headers] as const]),
    ["access-control-max-age", "7200"],
  ];
}

/**
 * @throws HttpError 415 or 406
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#sending-messages
 */
export function checkMediaTypes(exchange: Exchange, answers: readonly string[] = ANSWERS): void {
  const type = exchange.header("content-type");
  if (type !== "application/json" && type?.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") {
    throw new HttpError(
      415,
      `Content-Type must be application/json, got ${type === undefined ? "none" : clip(type)}.`,
    );
  }
  const accept = exchange.header("accept");
  if (accept === undefined || accept === USUAL_ACCEPT || answers.every((type) => accepts(accept, type)))
    return;
  throw new HttpError(406, `Accept must list ${answers.join(" and ")}.`);
}

/** Whether an `Accept` header has room for a media type. */
export function accepts(accept: string, type: string): boolean {
  const ranges = [type, `${type.split("/", 1)[0]}/*`, "*/*"];
  return accept
    .toLowerCase()
    .split(",")
    .some((entry) => {
      const [range = "", ...parameters] = entry.split(";").map((part) => part.trim());
      return ranges.includes(range) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
}
