import { type ClaimMapping, type Claims, keyBoundIn, principalIn } from "./claims.ts";
import type { FetchSettings } from "./fetch-json.ts";
import { type Jose, jose } from "./jose.ts";
import { type FindKey, type KeySource, Keys } from "./keys.ts";
import { Refused } from "./refused.ts";
import { checkedServerUrl, isMeantFor } from "./resource-identifier.ts";
import type { Verified } from "./token-part.ts";

export interface IssuerOptions extends ClaimMapping {
  /** The issuer's identifier, letter for letter as in `iss`. */
  issuer: string;
  /** Where its keys are, or the keys themselves. Default: found through its metadata (RFC 8414, OpenID Connect Discovery). */
  jwks?: KeySource;
}

/** What every token is held to. */
export interface TokenRules {
  /** In canonical form. */
  readonly audiences: ReadonlySet<string>;
  readonly algorithms: readonly string[];
  /** Media types without `application/`, in lower case. */
  readonly types: ReadonlySet<string>;
  readonly clockSkewMs: number;
}

interface Good {
  readonly verified: Verified;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

type Checked = Awaited<ReturnType<Jose["jwtVerify"]>>;

/** One authorization server, whose tokens are JWTs. */
export class Issuer {
  readonly name: string;
  readonly #mapping: ClaimMapping;
  readonly #rules: TokenRules;
  readonly #keys: Keys;

  /** @throws TypeError when an address is not one that may be trusted */
  constructor(options: IssuerOptions, rules: TokenRules, http: FetchSettings) {
    checkedServerUrl(options.issuer, "issuer");
    this.name = options.issuer;
    this.#mapping = options;
    this.#rules = rules;
    this.#keys = new Keys(options.issuer, options.jwks, http);
  }

  /**
   * @throws Refused when the token is not good
   * @throws Unavailable when the keys cannot be fetched
   */
  async verify(token: string): Promise<Good> {
    const { types, audiences, clockSkewMs } = this.#rules;
    const { payload, protectedHeader } = await this.#signed(token);
    const type = mediaType(protectedHeader.typ ?? "JWT");
    if (!types.has(type)) {
      const reason = `The token's typ is "${type}"; if that is right for access tokens here, add it to types.`;
      throw new Refused("invalid_token", reason);
    }
    if (!isMeantFor(payload.aud, audiences)) {
      throw new Refused("invalid_token", `The token is meant for ${JSON.stringify(payload.aud)}.`);
    }
    const claims: Claims = payload;
    const expiresAt = Number(payload.exp) * 1000 + clockSkewMs;
    const principal = { ...principalIn(claims, this.#mapping), expiresAt };
    return { verified: { principal, boundTo: keyBoundIn(claims) }, expiresAt };
  }

  /** The token, once signature, issuer and times are found good. */
  async #signed(token: string): Promise<Checked> {
    const { jwtVerify } = await jose();
    const { algorithms, clockSkewMs } = this.#rules;
    const settings = {
      issuer: this.name,
      algorithms: [...algorithms],
      clockTolerance: clockSkewMs / 1000,
      requiredClaims: ["exp"],
    };
    const verify = (key: FindKey | CryptoKey) => jwtVerify(token, key as FindKey, settings);
    try {
      return await verify(this.#keys.find);
    } catch (error) {
      const candidates = candidatesIn(error);
      if (candidates === undefined) throw asRefusal(error);
      for await (const key of candidates) {
        try {
          return await verify(key);
        } catch (other) {
          if (codeOf(other) !== "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") throw asRefusal(other);
        }
      }
      throw new Refused("invalid_token", "None of the issuer's keys has signed the token.");
    }
  }
}

/** A `typ` without its `application/`, in lower case. */
export function mediaType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, "");
}

/** The keys that a token without `kid` may be signed with. */
function candidatesIn(error: unknown): AsyncIterable<CryptoKey> | undefined {
  return codeOf(error) === "ERR_JWKS_MULTIPLE_MATCHING_KEYS"
    ? (error as AsyncIterable<CryptoKey>)
    : undefined;
}

/** What `jose` says of a token is for the log; what else goes wrong is no fault of the token. */
function asRefusal(error: unknown): unknown {
  if (!codeOf(error).startsWith("ERR_J")) return error;
  return new Refused("invalid_token", (error as Error).message);
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
