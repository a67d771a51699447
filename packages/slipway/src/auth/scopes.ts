import type { Principal } from "../ports/index.ts";
import { Refused } from "./refused.ts";

export interface ScopeOptions {
  /** Scopes without which no request is served. Others are asked for by `scopes` of tools, resources and prompts. Default: none. */
  requiredScopes?: readonly string[];
  /**
   * What broader scopes imply: `{ admin: ["files:write"], "files:write": ["files:read"] }`. Followed to the end. Default:
   * nothing.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#step-up-authorization-flow
   */
  impliedScopes?: { readonly [scope: string]: readonly string[] };
}

/** What principals were granted themselves, apart from what that implies. */
const GRANTED = new WeakMap<Principal, readonly string[]>();

/** The scopes that a principal was granted itself. */
export function grantedTo(principal: Principal): readonly string[] {
  return GRANTED.get(principal) ?? principal.scopes ?? [];
}

/** The scopes in a claim: a text with spaces between them (RFC 8693), or a list of texts. */
export function scopesIn(claim: unknown): string[] {
  if (typeof claim === "string") return claim.split(" ").filter((scope) => scope !== "");
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === "string") : [];
}

/** Sees to the scopes that every request needs, and adds those that others imply. */
export class ScopePolicy {
  readonly required: readonly string[];
  readonly #implied: ReadonlyMap<string, readonly string[]>;
  readonly #admitted = new WeakMap<Principal, Principal>();

  constructor({ requiredScopes = [], impliedScopes = {} }: ScopeOptions) {
    this.required = requiredScopes;
    this.#implied = new Map(Object.entries(impliedScopes));
  }

  /**
   * The principal with all that its scopes imply.
   * @throws Refused when it lacks what every request needs
   */
  admit(principal: Principal): Principal {
    let admitted = this.#admitted.get(principal);
    if (admitted === undefined) {
      admitted = this.#widen(principal);
      this.#admitted.set(principal, admitted);
    }
    if (this.required.every((scope) => admitted.scopes?.includes(scope))) return admitted;
    throw new Refused("insufficient_scope", `The caller lacks some of "${this.required.join(" ")}".`);
  }

  #widen(principal: Principal): Principal {
    if (this.#implied.size === 0 || principal.scopes === undefined) return principal;
    const scopes = new Set(principal.scopes);
    // What is added meanwhile is visited, too.
    for (const scope of scopes) for (const implied of this.#implied.get(scope) ?? []) scopes.add(implied);
    const widened = { ...principal, scopes: [...scopes] };
    GRANTED.set(widened, principal.scopes);
    return widened;
  }
}
