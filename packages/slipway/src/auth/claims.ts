import type { Principal } from "../ports/index.ts";
import { Refused } from "./refused.ts";
import { scopesIn } from "./scopes.ts";

/** Claims of a token that was found good. */
export type Claims = { readonly [claim: string]: unknown };

/** Which claims say who calls. */
export interface ClaimMapping {
  /** The claim that names the tenant. Default: none. Where it is set, tokens without it are refused. */
  tenantClaim?: string;
  /** The tenant of all callers. Default: none. */
  tenant?: string;
  /** The claim with the scopes: a text with spaces between them, or a list. Default: `scope`, else `scp`. */
  scopeClaim?: string;
  /** The claim that names the subject, unique within the tenant. Default: `sub`. */
  subjectClaim?: string;
}

/** @throws Refused when a claim is missing that says who calls */
export function principalIn(claims: Claims, mapping: ClaimMapping): Principal {
  const { subjectClaim = "sub", scopeClaim, tenantClaim } = mapping;
  const tenant = tenantClaim === undefined ? mapping.tenant : textClaim(claims, tenantClaim);
  const clientId = claims["client_id"] ?? claims["azp"];
  return {
    subject: textClaim(claims, subjectClaim),
    ...(tenant !== undefined && { tenant }),
    ...(typeof clientId === "string" && { clientId }),
    scopes: scopesIn(scopeClaim === undefined ? (claims["scope"] ?? claims["scp"]) : claims[scopeClaim]),
    claims,
  };
}

function textClaim(claims: Claims, name: string): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value === "string" && value !== "") return value;
  throw new Refused("invalid_token", `The token has no claim "${name}" that is a text.`);
}

/**
 * The thumbprint of the key that a token is bound to, where it is bound to one.
 * @throws Refused when it is bound in a way that is not checked here, so that it would be taken from anybody
 * @see https://www.rfc-editor.org/rfc/rfc7800#section-3.1
 */
export function keyBoundIn(claims: Claims): string | undefined {
  const confirmation = claims["cnf"];
  if (confirmation === undefined) return undefined;
  const { jkt, ...others } = { ...(confirmation as { jkt?: unknown }) };
  if (typeof jkt === "string" && Object.keys(others).length === 0) return jkt;
  throw new Refused("invalid_token", "The token is bound to its sender in a way that is not known here.");
}
