import type { IncomingRequest, Principal } from "../ports/index.ts";
import type { Part } from "./part.ts";
import { presentedIn } from "./presented.ts";
import { type ResourceOptions, ResourceServer } from "./resource-server.ts";
import { type ScopeOptions, ScopePolicy } from "./scopes.ts";

/**
 * Finds out who calls, from the token in the `Authorization` header, or from whatever else is in the request. `undefined`: it
 * presents nothing good. Throw an `HttpError` to refuse it otherwise.
 */
export type VerifyRequest = (
  token: string | undefined,
  request: IncomingRequest,
) => Principal | undefined | Promise<Principal | undefined>;

export interface CustomOptions extends ResourceOptions, ScopeOptions {
  /** Issuers of the tokens, for clients to find them. With `resource` they make the metadata of the resource. Default: none. */
  authorizationServers?: readonly string[];
}

/** Takes whatever a function of yours finds good. It must see to it that tokens are meant for this server. */
export function custom(verify: VerifyRequest, options: CustomOptions = {}): ResourceServer {
  const policy = new ScopePolicy(options);
  const admit = (principal: Principal | undefined) => principal && policy.admit(principal);
  const part: Part = {
    authorizationServers: options.authorizationServers ?? [],
    requiredScopes: policy.required,
    dpop: undefined,
    presents: (request) => presentedIn(request) !== undefined,
    recognise: (request) => {
      const presented = presentedIn(request);
      // What is bound to a key is not to be taken from just anybody who has it.
      if (presented?.scheme === "dpop") return undefined;
      const found = verify(presented?.token, request);
      return found instanceof Promise ? found.then(admit) : admit(found);
    },
  };
  return new ResourceServer([part], options);
}
