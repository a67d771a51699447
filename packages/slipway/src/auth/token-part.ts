import type { IncomingRequest, Principal } from "../ports/index.ts";
import type { Dpop } from "./dpop.ts";
import type { DpopTerms, Part } from "./part.ts";
import { type Presented, presentedIn } from "./presented.ts";
import { Refused } from "./refused.ts";
import { type ScopeOptions, ScopePolicy } from "./scopes.ts";

/** A token that was found good. */
export interface Verified {
  readonly principal: Principal;
  /** The thumbprint of the key that it is bound to. */
  readonly boundTo?: string | undefined;
}

/** `undefined`: no token of this kind. */
export type Verify = (token: string) => Verified | undefined | Promise<Verified | undefined>;

export interface TokenPartInit {
  readonly verify: Verify;
  readonly authorizationServers: readonly string[];
  readonly scopes: ScopeOptions;
  readonly dpop?: Dpop | undefined;
}

/** Tokens in the `Authorization` header. */
export class TokenPart implements Part {
  readonly authorizationServers: readonly string[];
  readonly #verify: Verify;
  readonly #policy: ScopePolicy;
  readonly #dpop: Dpop | undefined;

  constructor({ verify, authorizationServers, scopes, dpop }: TokenPartInit) {
    this.authorizationServers = authorizationServers;
    this.#verify = verify;
    this.#policy = new ScopePolicy(scopes);
    this.#dpop = dpop;
  }

  get requiredScopes(): readonly string[] {
    return this.#policy.required;
  }

  get dpop(): DpopTerms | undefined {
    return this.#dpop;
  }

  presents(request: IncomingRequest): boolean {
    return presentedIn(request) !== undefined;
  }

  recognise(request: IncomingRequest): Principal | undefined | Promise<Principal | undefined> {
    const presented = presentedIn(request);
    if (presented === undefined || (presented.scheme === "dpop" && this.#dpop === undefined))
      return undefined;
    const verified = this.#verify(presented.token);
    return verified instanceof Promise
      ? verified.then((one) => this.#admit(one, presented, request))
      : this.#admit(verified, presented, request);
  }

  #admit(
    verified: Verified | undefined,
    presented: Presented,
    request: IncomingRequest,
  ): Principal | undefined | Promise<Principal> {
    if (verified === undefined) return undefined;
    const bound = presented.scheme === "dpop" || verified.boundTo !== undefined || this.#dpop?.required;
    if (!bound) return this.#policy.admit(verified.principal);
    if (this.#dpop === undefined) {
      throw new Refused("invalid_token", "The token is bound to a key, and DPoP is not switched on.");
    }
    return this.#dpop
      .check(presented, verified.boundTo, request)
      .then(() => this.#policy.admit(verified.principal));
  }
}
