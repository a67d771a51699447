/**
 * Who calls. Everything that a store holds is keyed by the tenant and bound to the principal that made it;
 * to any other principal it does not exist.
 */
export interface Principal {
  /** Stable, unique within the tenant: the token's `sub`, a user id, a key's name. */
  readonly subject: string;
  /** The tenant; one server without tenants leaves it out. */
  readonly tenant?: string;
  /** The client application that acts for the subject (`client_id`). */
  readonly clientId?: string;
  readonly scopes?: readonly string[];
  /**
   * When the credentials lapse by which it was authenticated, in milliseconds since 1970. Streams on which its client
   * listens end then, so that it comes back with others. Default: they do not.
   */
  readonly expiresAt?: number;
  readonly claims?: { readonly [claim: string]: unknown };
}

/** The part of a principal that things are bound to, as one string. The empty string is "nobody". */
export function principalKey(principal: Principal | undefined): string {
  return principal === undefined ? "" : JSON.stringify([principal.tenant ?? "", principal.subject]);
}
