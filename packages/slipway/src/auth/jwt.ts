import { fromBase64Url } from "../server/index.ts";
import type { ClaimMapping } from "./claims.ts";
import { type DpopOptions, dpopOf } from "./dpop.ts";
import type { FetchSettings } from "./fetch-json.ts";
import { Issuer, type IssuerOptions, mediaType, type TokenRules } from "./issuer.ts";
import { canonical } from "./resource-identifier.ts";
import { type ResourceOptions, ResourceServer } from "./resource-server.ts";
import type { ScopeOptions } from "./scopes.ts";
import { TokenCache } from "./token-cache.ts";
import { TokenPart, type Verified } from "./token-part.ts";

export interface JwtOptions extends ResourceOptions, ScopeOptions, ClaimMapping {
  /**
   * Who may issue tokens: the issuer's identifier, letter for letter as in `iss`. With several issuers each is a tenant of its
   * own, by its identifier, unless it is given as an object with `tenant` or `tenantClaim`.
   */
  issuer: string | IssuerOptions | readonly (string | IssuerOptions)[];
  /**
   * Whom tokens must be meant for (`aud`): the URL of the MCP endpoint, as clients name it in `resource` (RFC 8707), or
   * whatever the authorization server puts there for it. One of several suffices.
   */
  audience: string | readonly string[];
  /** Where the keys of the only issuer are, or the keys themselves. Default: found through the issuer's metadata. */
  jwks?: IssuerOptions["jwks"];
  /** Signature algorithms that are taken. Default: all of RFC 7518 and RFC 8037 that have a public key. */
  algorithms?: readonly string[];
  /**
   * Values of `typ` that are taken. Many servers issue `JWT`; taking it, mind that an ID token is one too. Default:
   * `["at+jwt"]`.
   * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
   */
  types?: readonly string[];
  /** How far the clocks of the issuer and of this machine may be apart, in milliseconds. Default: 30,000. */
  clockSkewMs?: number;
  /** Takes tokens that are bound to a client's key. Default: such tokens are refused. */
  dpop?: boolean | DpopOptions;
  /** How many good tokens are remembered, by their hashes, so that their signature need not be checked anew. Default: 10,000. */
  maxCachedTokens?: number;
  /** How long a good token is remembered at most, in milliseconds. A key that its issuer withdraws counts no longer. Default: 5 minutes. */
  cacheMs?: number;
  /** How requests to authorization servers are made. */
  http?: FetchSettings;
}

const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/**
 * Takes access tokens that are JWTs, with the package `jose`.
 *
 * @throws TypeError when an option is not what it should be
 * @see https://www.rfc-editor.org/rfc/rfc9068
 */
export function jwt(options: JwtOptions): ResourceServer {
  const { algorithms = ALGORITHMS, types = ["at+jwt"], clockSkewMs = 30_000 } = options;
  const { maxCachedTokens = 10_000, cacheMs = 300_000 } = options;
  const audiences = [options.audience].flat();
  if (audiences.length === 0 || audiences.some((one) => typeof one !== "string" || one === "")) {
    throw new TypeError(
      "jwt({ audience }): expected the URL of the MCP endpoint, or what tokens name it by.",
    );
  }
  // Neither "none" nor a secret in the place of a public key.
  const secret = algorithms.find((algorithm) => !ALGORITHMS.includes(algorithm));
  if (secret !== undefined) {
    throw new TypeError(`jwt({ algorithms }): expected some of ${ALGORITHMS.join(", ")}, got ${secret}.`);
  }
  const rules: TokenRules = {
    audiences: new Set(audiences.map(canonical)),
    algorithms,
    types: new Set(types.map(mediaType)),
    clockSkewMs,
  };
  const issuers = issuersOf(options).map((issuer) => new Issuer(issuer, rules, options.http ?? {}));
  const byName = new Map(issuers.map((issuer) => [issuer.name, issuer]));
  const cache = new TokenCache<Verified>(maxCachedTokens);
  const resource = options.resource ?? audiences.find((one) => /^https?:/i.test(one) && URL.canParse(one));
  const part = new TokenPart({
    authorizationServers: [...byName.keys()],
    scopes: options,
    dpop: dpopOf(options.dpop, resource, clockSkewMs),
    verify: (token) => {
      const known = cache.get(token);
      if (known !== undefined) return known;
      const issuer = byName.get(issuerIn(token) ?? "");
      return issuer?.verify(token).then(({ verified, expiresAt }) => {
        cache.set(token, verified, Math.min(expiresAt, Date.now() + cacheMs));
        return verified;
      });
    },
  });
  return new ResourceServer([part], resource === undefined ? options : { ...options, resource });
}

function issuersOf(options: JwtOptions): IssuerOptions[] {
  const given = [options.issuer].flat();
  const { tenant, tenantClaim, scopeClaim, subjectClaim, jwks } = options;
  if (given.length === 0) throw new TypeError("jwt({ issuer }): expected at least one issuer.");
  const alone = given.length === 1;
  if (!alone && (tenant ?? tenantClaim ?? jwks) !== undefined) {
    throw new TypeError(
      "jwt({ issuer: [...] }): with several issuers, tenant, tenantClaim and jwks belong to each of them: " +
        "issuer: [{ issuer, tenantClaim }, …]. Otherwise one could speak for the tenants of another.",
    );
  }
  return given.map((one) => {
    const own = typeof one === "string" ? { issuer: one } : one;
    const shared = { scopeClaim, subjectClaim, ...(alone ? { tenant, tenantClaim, jwks } : {}) };
    const merged = { ...defined(shared), ...defined(own) } as IssuerOptions;
    if (alone || merged.tenant !== undefined || merged.tenantClaim !== undefined) return merged;
    return { ...merged, tenant: merged.issuer };
  });
}

function defined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** The issuer that a token names, before anything of it was checked. */
function issuerIn(token: string): string | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims = JSON.parse(textIn(parts[1] ?? "")) as { iss?: unknown } | null;
    return typeof claims?.iss === "string" ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}

function textIn(base64Url: string): string {
  return new TextDecoder().decode(fromBase64Url(base64Url));
}
