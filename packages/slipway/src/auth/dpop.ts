import type { IncomingRequest } from "../ports/index.ts";
import { sha256, toBase64Url } from "../server/index.ts";
import { DpopNonces } from "./dpop-nonces.ts";
import { codeOf, mediaType } from "./issuer.ts";
import { jose } from "./jose.ts";
import type { DpopTerms } from "./part.ts";
import type { Presented } from "./presented.ts";
import { Refused } from "./refused.ts";
import { InMemoryReplays, type Replays } from "./replays.ts";

export interface DpopOptions {
  /** Refuses tokens that are not bound to a key. Default: false. */
  required?: boolean;
  /** Algorithms in which proofs may be signed. Default: `ES256`, `ES384`, `ES512`, `PS256`, `RS256`, `EdDSA`, `Ed25519`. */
  algorithms?: readonly string[];
  /** How old a proof may be, in milliseconds. Clock skew comes on top, in both directions. Default: 60,000. */
  maxAgeMs?: number;
  /** Where it is noted which proofs were used. Servers of one address that share it take each proof once. Default: in memory. */
  replays?: Replays;
  /**
   * Lets only proofs pass that hold a nonce of this server, so that none can be made in advance: a secret of at least 32
   * characters from which nonces are derived, the same on all servers of one address. Default: none is needed.
   */
  nonceSecret?: string;
}

/** @throws TypeError when an option is not what it should be */
export function dpopOf(
  given: boolean | DpopOptions | undefined,
  resource: string | undefined,
  skewMs: number,
): Dpop | undefined {
  return given ? new Dpop(given === true ? {} : given, resource, skewMs) : undefined;
}

const ALGORITHMS = ["ES256", "ES384", "ES512", "PS256", "RS256", "EdDSA", "Ed25519"];

/** Longer proofs are refused unread, in characters. */
const MAX_PROOF_LENGTH = 8_192;

/**
 * Sees to it that tokens which are bound to a key come with a proof that their sender has it.
 * @see https://www.rfc-editor.org/rfc/rfc9449
 */
export class Dpop implements DpopTerms {
  readonly required: boolean;
  readonly algorithms: readonly string[];
  readonly #resource: URL;
  readonly #maxAgeMs: number;
  readonly #skewMs: number;
  readonly #replays: Replays;
  readonly #nonces: DpopNonces | undefined;

  /** @throws TypeError when it is not known at which address clients reach the server */
  constructor(options: DpopOptions, resource: string | undefined, skewMs: number) {
    if (resource === undefined) {
      throw new TypeError("dpop: resource must be the URL at which clients reach the MCP endpoint.");
    }
    const { algorithms = ALGORITHMS, nonceSecret } = options;
    const other = algorithms.find(
      (algorithm) => !/^(ES|PS|RS)(256|384|512)$|^Ed(DSA|25519)$/.test(algorithm),
    );
    if (other !== undefined) throw new TypeError(`dpop: { algorithms }: ${other} has no public key.`);
    this.required = options.required ?? false;
    this.algorithms = algorithms;
    this.#resource = new URL(resource);
    this.#maxAgeMs = options.maxAgeMs ?? 60_000;
    this.#skewMs = skewMs;
    this.#replays = options.replays ?? new InMemoryReplays();
    if (nonceSecret !== undefined) this.#nonces = new DpopNonces(nonceSecret);
  }

  /**
   * @param boundTo the thumbprint of the key that the token is bound to
   * @throws Refused when the proof is not one for this token and this request
   * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
   */
  async check(presented: Presented, boundTo: string | undefined, request: IncomingRequest): Promise<void> {
    if (boundTo === undefined) throw new Refused("invalid_token", "The token is bound to no key.");
    if (presented.scheme !== "dpop") {
      throw new Refused("invalid_token", "A token that is bound to a key was presented as Bearer.");
    }
    const { claims, thumbprint } = await this.#proofIn(request);
    const wrong = (what: string) => new Refused("invalid_dpop_proof", `The proof is not good: ${what}.`);
    if (thumbprint !== boundTo) throw wrong("it is signed by another key");
    if (claims["htm"] !== request.method) throw wrong("htm is another method");
    if (!this.#isHere(claims["htu"], request.url)) throw wrong("htu is another address");
    if (claims["ath"] !== toBase64Url(sha256(presented.token))) throw wrong("ath is of another token");
    const { iat, jti } = claims;
    const age = typeof iat === "number" ? Date.now() - iat * 1000 : Number.NaN;
    if (!(age >= -this.#skewMs && age <= this.#maxAgeMs + this.#skewMs)) throw wrong("it is of another time");
    await this.#checkNonce(claims["nonce"]);
    if (typeof jti !== "string" || jti === "" || jti.length > 256) throw wrong("jti is missing");
    const id = toBase64Url(sha256(`${thumbprint} ${jti}`));
    const ttlMs = this.#maxAgeMs + this.#skewMs - age;
    if (!(await this.#replays.isFirst(id, ttlMs))) throw wrong("it was used before");
  }

  async #checkNonce(nonce: unknown): Promise<void> {
    if (this.#nonces === undefined || (await this.#nonces.takes(nonce))) return;
    throw new Refused("use_dpop_nonce", "The proof has no nonce of this server, or an old one.", {
      nonce: await this.#nonces.current(),
    });
  }

  async #proofIn({ headers }: IncomingRequest) {
    const proof = headers.get("dpop") ?? "";
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof) || proof.length > MAX_PROOF_LENGTH) {
      throw new Refused("invalid_dpop_proof", "There is not one DPoP header with one proof.");
    }
    const { jwtVerify, EmbeddedJWK, calculateJwkThumbprint } = await jose();
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        algorithms: [...this.algorithms],
        clockTolerance: this.#skewMs / 1000,
      });
      if (mediaType(protectedHeader.typ ?? "") !== "dpop+jwt") {
        throw new Refused("invalid_dpop_proof", "The proof has another typ.");
      }
      const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as object, "sha256");
      return { claims: payload as { readonly [claim: string]: unknown }, thumbprint };
    } catch (error) {
      // Keys that cannot be used are the sender's, too.
      if (error instanceof Refused || !(codeOf(error).startsWith("ERR_J") || error instanceof TypeError))
        throw error;
      throw new Refused("invalid_dpop_proof", (error as Error).message);
    }
  }

  /** Whether a proof is for the address of this request, without query and fragment. */
  #isHere(htu: unknown, url: string): boolean {
    if (typeof htu !== "string" || !URL.canParse(htu)) return false;
    const { origin, pathname } = new URL(htu);
    if (origin !== this.#resource.origin) return false;
    // What stands in front of the server may have changed the path that it sees.
    return pathname === this.#resource.pathname || pathname === new URL(url, this.#resource).pathname;
  }
}
