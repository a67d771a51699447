import type { IncomingRequest, Principal } from "../ports/index.ts";

/** How requests with a kind of credentials are let in, as clients are told. */
export interface DpopTerms {
  /** Whether tokens that are not bound to a key are refused. */
  readonly required: boolean;
  /** Algorithms in which a proof may be signed. */
  readonly algorithms: readonly string[];
}

/** One kind of credentials that a server takes. */
export interface Part {
  /** Issuers of its tokens. */
  readonly authorizationServers: readonly string[];
  readonly requiredScopes: readonly string[];
  readonly dpop: DpopTerms | undefined;
  /** Whether a request presents something that could be for this part. */
  presents(request: IncomingRequest): boolean;
  /**
   * Who calls. `undefined`: the request presents nothing that this part knows.
   * @throws Refused when it does, and it is not good
   * @throws Unavailable when that cannot be found out now
   */
  recognise(request: IncomingRequest): Principal | undefined | Promise<Principal | undefined>;
}
