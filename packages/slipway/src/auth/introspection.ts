import { type ClaimMapping, type Claims, keyBoundIn, principalIn } from "./claims.ts";
import { discover, endpointIn } from "./discovery.ts";
import { type DpopOptions, dpopOf } from "./dpop.ts";
import { type FetchSettings, fetchJson } from "./fetch-json.ts";
import { Refused, Unavailable } from "./refused.ts";
import { Renewed } from "./renewed.ts";
import { canonical, checkedServerUrl, isMeantFor } from "./resource-identifier.ts";
import { type ResourceOptions, ResourceServer } from "./resource-server.ts";
import type { ScopeOptions } from "./scopes.ts";
import { TokenCache } from "./token-cache.ts";
import { TokenPart, type Verified } from "./token-part.ts";

export interface IntrospectionOptions extends ResourceOptions, ScopeOptions, ClaimMapping {
  /** Who issues the tokens: the issuer's identifier, which clients are told. */
  issuer: string;
  /** Where tokens are asked about. Default: found through the issuer's metadata. */
  endpoint?: string;
  /** What this server is to the authorization server. */
  clientId: string;
  clientSecret: string;
  /** How it says so. Default: `client_secret_basic`. */
  clientAuthentication?: "client_secret_basic" | "client_secret_post";
  /** Whom tokens must be meant for (`aud`), as for {@link jwt}. */
  audience: string | readonly string[];
  /**
   * Takes answers without `aud`. Only where the authorization server calls no token active to this client that is meant for
   * another. Default: false.
   */
  audienceOptional?: boolean;
  /** How far the clocks of the issuer and of this machine may be apart, in milliseconds. Default: 30,000. */
  clockSkewMs?: number;
  /** How long an answer is remembered, in milliseconds. A token that is revoked counts for no longer. 0: never. Default: 30,000. */
  cacheMs?: number;
  /** How many answers are remembered, of those for good tokens and of the others, by the tokens' hashes. Default: 10,000. */
  maxCachedTokens?: number;
  /** Takes tokens that are bound to a client's key; needs the package `jose`. Default: such tokens are refused. */
  dpop?: boolean | DpopOptions;
  /** How requests to the authorization server are made. */
  http?: FetchSettings;
}

const METADATA = { maxAgeMs: 3_600_000, staleMs: 3_600_000, cooldownMs: 30_000 };

/**
 * Takes access tokens of any kind, and asks their authorization server about each.
 *
 * @throws TypeError when an option is not what it should be
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
export function introspection(options: IntrospectionOptions): ResourceServer {
  const { issuer, endpoint, cacheMs = 30_000, maxCachedTokens = 10_000, http = {} } = options;
  const audiences = [options.audience].flat();
  if (audiences.length === 0 || audiences.some((one) => typeof one !== "string" || one === "")) {
    throw new TypeError("introspection({ audience }): expected the URL of the MCP endpoint, or its name.");
  }
  checkedServerUrl(issuer, "issuer");
  if (endpoint !== undefined) checkedServerUrl(endpoint, "endpoint");
  const find = async () => endpoint ?? endpointIn(await discover(issuer, http), "introspection_endpoint");
  const address = new Renewed(find, METADATA);
  const expected = new Set(audiences.map(canonical));
  const good = new TokenCache<Verified>(maxCachedTokens);
  // Apart, so that made-up tokens push no good ones out.
  const bad = new TokenCache<true>(maxCachedTokens);
  const asked = new Map<string, Promise<Verified | undefined>>();
  const ask = async (token: string): Promise<Verified | undefined> => {
    const url = await address.get();
    const claims = await fetchJson(url, requestAbout(token, options), http);
    if (claims === undefined)
      throw new Unavailable(`${url} refuses to answer: are clientId and clientSecret right?`);
    const until = Date.now() + cacheMs;
    if (claims["active"] !== true) {
      bad.set(token, true, until);
      return undefined;
    }
    const expiresAt = expiryOf(claims, options);
    checkAudience(claims, expected, options);
    const lapse = Number.isFinite(expiresAt) ? { expiresAt } : {};
    const principal = { ...principalIn(claims, options), ...lapse };
    const verified = { principal, boundTo: keyBoundIn(claims) };
    good.set(token, verified, Math.min(until, expiresAt));
    return verified;
  };
  const verify = (token: string) => {
    const known = good.get(token);
    if (known !== undefined || bad.get(token)) return known;
    let answer = asked.get(token);
    if (answer === undefined) {
      answer = ask(token).finally(() => asked.delete(token));
      asked.set(token, answer);
    }
    return answer;
  };
  const resource = options.resource ?? audiences.find((one) => /^https?:/i.test(one) && URL.canParse(one));
  const part = new TokenPart({
    verify,
    authorizationServers: [issuer],
    scopes: options,
    dpop: dpopOf(options.dpop, resource, options.clockSkewMs ?? 30_000),
  });
  return new ResourceServer([part], resource === undefined ? options : { ...options, resource });
}

/** @see https://www.rfc-editor.org/rfc/rfc7662#section-2.1 */
function requestAbout(token: string, options: IntrospectionOptions): RequestInit {
  const { clientId, clientSecret, clientAuthentication = "client_secret_basic" } = options;
  const body = new URLSearchParams({ token, token_type_hint: "access_token" });
  const headers: { [name: string]: string } = { "content-type": "application/x-www-form-urlencoded" };
  if (clientAuthentication === "client_secret_post") {
    body.set("client_id", clientId);
    body.set("client_secret", clientSecret);
  } else {
    headers["authorization"] = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;
  }
  return { method: "POST", headers, body: body.toString() };
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
function formEncoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length);
}

/** @throws Refused when the token is not good now, whatever the server says */
function expiryOf(claims: Claims, { clockSkewMs = 30_000 }: IntrospectionOptions): number {
  const { exp, nbf } = claims;
  const now = Date.now();
  if (typeof nbf === "number" && now < nbf * 1000 - clockSkewMs) {
    throw new Refused("invalid_token", "The token is not good yet.");
  }
  if (typeof exp !== "number") return Number.POSITIVE_INFINITY;
  const expiresAt = exp * 1000 + clockSkewMs;
  if (now >= expiresAt) throw new Refused("invalid_token", "The token has expired.");
  return expiresAt;
}

function checkAudience(claims: Claims, expected: ReadonlySet<string>, options: IntrospectionOptions): void {
  const { aud } = claims;
  if (aud === undefined ? options.audienceOptional : isMeantFor(aud, expected)) return;
  throw new Refused("invalid_token", `The token is meant for ${JSON.stringify(aud)}.`);
}
