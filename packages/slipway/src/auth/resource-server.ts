import { HttpError } from "../http/http-error.ts";
import type { Authentication, HttpAnswer, IncomingRequest, Principal, ScopeLack } from "../ports/index.ts";
import { ERROR_CODES } from "../protocol/errors.ts";
import { defaultLogger, type Logger } from "../server/index.ts";
import { challengeHeader } from "./challenge.ts";
import { ResourceMetadata } from "./metadata.ts";
import type { DpopTerms, Part } from "./part.ts";
import { type RefusalCode, Refused, Unavailable } from "./refused.ts";
import { checkedUrl } from "./resource-identifier.ts";
import { grantedTo } from "./scopes.ts";

/** What clients are told about the protected resource, and how they are let in. */
export interface ResourceOptions {
  /**
   * The URL of the MCP endpoint, as its clients reach it: `https://mcp.example.com/mcp`. Clients find the authorization
   * server by it. Default: the first audience that is a URL; where there is none, there is no metadata of the resource.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#canonical-server-uri
   */
  resource?: string;
  /** The scopes that clients should ask for to begin with. Default: those that every request needs. */
  scopesSupported?: readonly string[];
  /** The server's name, for people who are asked to let a client in. */
  resourceName?: string;
  /** The URL of a page for developers. */
  resourceDocumentation?: string;
  /** Lets requests without credentials in, as nobody: what needs scopes is then answered with 401. Default: false. */
  optional?: boolean;
  /** Is told why requests are refused (`debug`), and that they cannot be checked (`warn`). Default: warnings on stderr. */
  logger?: Logger;
}

type HeaderList = HttpAnswer["headers"];

const STATUS: { readonly [code in RefusalCode]: number } = {
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
};

/**
 * A protected MCP server, as OAuth has it: finds out who calls, and says how others may be let in.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export class ResourceServer implements Authentication {
  /** The kinds of credentials that it takes, in the order in which they are asked. */
  readonly parts: readonly Part[];
  readonly options: ResourceOptions;
  readonly #metadata: ResourceMetadata | undefined;
  readonly #logger: Logger;
  readonly #requiredScopes: readonly string[];
  readonly #dpop: DpopTerms | undefined;

  /** @throws TypeError when `resource` is not a URL */
  constructor(parts: readonly Part[], options: ResourceOptions) {
    this.parts = parts;
    this.options = options;
    this.#logger = options.logger ?? defaultLogger;
    this.#requiredScopes = [...new Set(parts.flatMap((part) => part.requiredScopes))];
    const terms = parts.find((part) => part.dpop !== undefined)?.dpop;
    // Where something else is taken as well, nothing is required of all.
    this.#dpop = terms && { ...terms, required: parts.every((part) => part.dpop?.required) };
    const { resource, scopesSupported, resourceName, resourceDocumentation } = options;
    const authorizationServers = [...new Set(parts.flatMap((part) => part.authorizationServers))];
    if (resource !== undefined) checkedUrl(resource, "resource");
    if (resource === undefined || authorizationServers.length === 0) return;
    this.#metadata = new ResourceMetadata({
      resource,
      authorizationServers,
      scopesSupported: (scopesSupported ?? this.#requiredScopes).filter(mayBeNamed),
      resourceName,
      resourceDocumentation,
      dpop: this.#dpop,
    });
  }

  get paths(): readonly string[] {
    return this.#metadata?.paths ?? [];
  }

  document(request: Pick<IncomingRequest, "method" | "url">): HttpAnswer | undefined {
    return this.#metadata?.answer(request);
  }

  authenticate(request: IncomingRequest): Principal | undefined | Promise<Principal | undefined> {
    try {
      const found = this.#find(request);
      return found instanceof Promise ? found.catch((error) => this.#refuse(error)) : found;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /**
   * Whom a token belongs to that came by another way than HTTP, such as the environment of a program that serves stdio.
   * @throws Error when it is not good, or cannot be checked now
   */
  async principalOf(token: string): Promise<Principal> {
    const headers = { get: (name: string) => (name === "authorization" ? `Bearer ${token}` : null) };
    const request = { method: "", url: this.options.resource ?? "", headers, remoteAddress: undefined };
    const found = await this.#recognise(request);
    if (found === undefined) throw new Refused("invalid_token", "Nobody here knows the token.");
    return found;
  }

  #find(request: IncomingRequest): Principal | undefined | Promise<Principal | undefined> {
    const found = this.#recognise(request);
    if (found instanceof Promise) return found.then((one) => one ?? this.#unknown(request));
    return found ?? this.#unknown(request);
  }

  /** Asks one part after the other. Where the answer is there at once, no promise is made. */
  #recognise(request: IncomingRequest, from = 0): Principal | undefined | Promise<Principal | undefined> {
    for (let at = from; at < this.parts.length; at++) {
      const found = this.parts[at]?.recognise(request);
      if (found instanceof Promise) return found.then((one) => one ?? this.#recognise(request, at + 1));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #unknown(request: IncomingRequest): undefined {
    if (this.parts.some((part) => part.presents(request))) {
      throw new Refused("invalid_token", "Nobody here knows what was presented.");
    }
    if (this.options.optional) return undefined;
    throw new HttpError(401, "Authorization is needed.", { headers: this.#challenges() });
  }

  #refuse(error: unknown): never {
    if (error instanceof Unavailable) {
      this.#logger.warn("Callers cannot be authenticated now.", error);
      throw new HttpError(503, "Callers cannot be authenticated now: try again in a moment.", {
        headers: [["retry-after", "5"]],
        code: ERROR_CODES.INTERNAL_ERROR,
      });
    }
    if (!(error instanceof Refused)) throw error;
    this.#logger.debug(`A request was refused (${error.code}): ${error.message}`, error.cause);
    const { code, nonce } = error;
    const headers = this.#challenges(code);
    throw new HttpError(STATUS[code], `Not authorized: ${code}.`, {
      headers: nonce === undefined ? headers : [...headers, ["dpop-nonce", nonce]],
    });
  }

  challenge({ scopes, principal, clientAccumulates }: ScopeLack): HttpAnswer {
    const needed = [...this.#requiredScopes, ...scopes];
    if (principal === undefined) return { status: 401, headers: this.#challenges(undefined, needed) };
    // A client that asks for what is named alone would lose what it has.
    const kept = clientAccumulates ? [] : grantedTo(principal);
    return { status: 403, headers: this.#challenges("insufficient_scope", [...kept, ...needed]) };
  }

  #challenges(error?: RefusalCode, scopes: readonly string[] = this.#requiredScopes): HeaderList {
    const named = {
      error,
      scopes: [...new Set(scopes)].filter(mayBeNamed),
      resourceMetadata: this.#metadata?.url,
    };
    const dpop = this.#dpop;
    return [
      ...(dpop?.required ? [] : [challengeHeader("Bearer", named)]),
      ...(dpop === undefined ? [] : [challengeHeader("DPoP", named, dpop.algorithms)]),
    ];
  }
}

/**
 * Refresh tokens are no business of a resource, and what is no scope must not break the header.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#refresh-tokens
 */
function mayBeNamed(scope: string): boolean {
  return scope !== "offline_access" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}
